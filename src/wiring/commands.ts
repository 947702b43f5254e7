import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { InspectionEvent } from 'xstate';
import { createCommandInbox } from '../actors/commands/command-inbox.ts';
import { systemClock } from '../actors/ports/clock.ts';
import type { CommandSource } from '../actors/ports/commands.ts';
import type { Journal } from '../actors/ports/journal.ts';
import { readCommand } from '../adapters/commands/read-command.ts';
import { createInboxFolder } from '../adapters/inbox/inbox-folder.ts';
import { createKafkaCommands } from '../adapters/kafka/commands-source.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { type CommandResult, gatewaySource, type Order } from '../events/command.ts';
import { upcast } from '../events/upcast.ts';
import type { CommandInput } from '../machines/command.ts';
import { kafkaAccess, kafkaClient } from './kafka.ts';
import type { TellProblem } from './tell-problem.ts';

/** Where commands for the gateway of a state folder are given. */
export function commandFolder({ state }: Pick<Settings, 'state'>): string {
  return join(state.folder, 'commands');
}

/** A broker that hangs is not waited for when the program ends. */
const stopMs = 2000;

export interface CommandsOptions {
  settings: Settings;
  journal: Journal;
  inspect: (event: InspectionEvent) => void;
  run: (order: Order, signal: AbortSignal, command: CommandInput) => Promise<CommandResult>;
  onProblem: TellProblem;
}

/** A gateway that takes commands. */
export interface RunningCommands {
  /** What runs is given up and told so; nothing is taken any more. */
  stop(): Promise<void>;
}

/** Takes commands from the folder and, if Kafka is set, from its topic; waits for neither. */
export async function startCommands({ settings, ...parts }: CommandsOptions): Promise<RunningCommands> {
  const { journal, inspect, run, onProblem } = parts;
  const gateway = settings.state.gateway_name;
  const inbox = createCommandInbox({
    ...{ clock: systemClock, gateway, read: readCommand, run, inspect },
    durable: () => journal.durable(),
    begun: await begunCommands(journal),
  });
  const abort = new AbortController();
  const readings = commandSources(settings, onProblem).map((source) =>
    source.read((given) => inbox.take(given), abort.signal),
  );
  return {
    async stop() {
      abort.abort();
      await inbox.stop();
      await Promise.race([Promise.all(readings), wait(stopMs, undefined, { ref: false })]);
    },
  };
}

function commandSources(settings: Settings, onProblem: CommandsOptions['onProblem']): CommandSource[] {
  const sources = [createInboxFolder(commandFolder(settings), onProblem)];
  const access = kafkaAccess(settings);
  if (access === undefined) return sources;
  const gateway = settings.state.gateway_name;
  const topic = createKafkaCommands({
    connect: () => kafkaClient(access),
    topicPrefix: settings.kafka.topic_prefix,
    gateway,
    source: gatewaySource(gateway),
    onTrouble: (sentence) => onProblem(sentence, undefined),
  });
  return [...sources, topic];
}

/** Commands that the log knows, with the input of those whose end it does not know. */
async function begunCommands(journal: Journal): Promise<Map<string, CommandInput | undefined>> {
  const begun = new Map<string, CommandInput | undefined>();
  for (const { event } of await journal.latest('commands')) {
    const { command, state, input } = upcast(event).data;
    if (typeof command === 'string') begun.set(command, state === 'Running' ? (input as CommandInput) : undefined);
  }
  return begun;
}
