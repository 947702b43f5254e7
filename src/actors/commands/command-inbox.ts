import { createActor, fromPromise, type InspectionEvent, waitFor } from 'xstate';
import { type CommandResult, gatewaySource, type Order } from '../../events/command.ts';
import { type CommandInput, commandMachine } from '../../machines/command.ts';
import type { Clock } from '../ports/clock.ts';
import type { GivenText, ReadCommand } from '../ports/commands.ts';

/** Commands that wait for their turn, at most; more are refused. */
const waitingMax = 100;
/** Commands remembered, at most; the oldest are forgotten first. A topic holds fewer that are still valid. */
const knownMax = 10_000;

export interface CommandInboxParts {
  clock: Clock;
  /** Name of this gateway. */
  gateway: string;
  read: (given: GivenText) => ReadCommand;
  /** Does what is ordered; rejects with why it could not. */
  run: (order: Order, signal: AbortSignal, command: CommandInput) => Promise<CommandResult>;
  /** As that of the journal: nothing is done before it is on disk that it was begun. */
  durable: () => Promise<void>;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
  /** What the log knows of commands: their ids, with the input of those that were running when the gateway ended. */
  begun: ReadonlyMap<string, CommandInput | undefined>;
}

/** Takes commands and carries them out, one after the other, each id once. */
export interface CommandInbox {
  /** Resolves when the command need not be given again: its first event is on disk, or it is none of ours. */
  take(given: GivenText): Promise<void>;
  /** What runs is given up and told so; what waits was never begun. */
  stop(): Promise<void>;
}

export function createCommandInbox(parts: CommandInboxParts): CommandInbox {
  const { clock, inspect, durable, gateway } = parts;
  const known = new Map<string, Promise<void> | undefined>([...parts.begun.keys()].map((id) => [id, undefined]));
  const machine = commandMachine.provide({
    actors: {
      run: fromPromise<CommandResult, CommandInput>(async ({ input, signal }) => {
        await durable();
        if (input.order === null) throw new Error('nothing is ordered');
        return parts.run(input.order, signal, input);
      }),
    },
  });
  let stopCurrent = () => {};
  let isStopped = false;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  /** @param onBegun called when the first event is in the journal's hands */
  async function perform(input: CommandInput, onBegun: (onDisk: Promise<void>) => void): Promise<void> {
    const actor = createActor(machine, { input, clock, inspect });
    actor.start();
    onBegun(durable());
    stopCurrent = () => actor.send({ type: 'STOP' });
    await waitFor(actor, ({ status }) => status !== 'active').catch(() => undefined);
  }

  /** Resolves as `take` does. */
  function begin(input: CommandInput, inTurn: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!inTurn) {
      void perform(input, resolve);
      return promise;
    }
    waiting++;
    turn = turn.then(() => {
      waiting--;
      // Never begun: it is given again after the start. `promise` stays pending, as it must.
      return isStopped ? undefined : perform({ ...input, receivedMs: clock.now() }, resolve);
    });
    return promise;
  }

  for (const input of parts.begun.values()) if (input !== undefined) void begin({ ...input, interrupted: true }, false);

  return {
    take(given) {
      const read = parts.read(given);
      if (read.kind === 'outcome' || isStopped) return Promise.resolve();
      if (read.gateways?.includes(gatewaySource(gateway)) === false) return Promise.resolve();
      if (known.has(read.id)) return known.get(read.id) ?? durable();
      const isFull = waiting >= waitingMax;
      const input = inputOf(read, gateway, clock.now());
      const taken = isFull
        ? begin({ ...input, order: null, problem: `${waitingMax} commands wait already` }, false)
        : begin(input, input.order !== null);
      known.set(read.id, taken);
      const settle = () => known.set(read.id, undefined);
      taken.then(settle, settle);
      if (known.size > knownMax) known.delete(known.keys().next().value ?? '');
      return taken;
    },
    async stop() {
      isStopped = true;
      stopCurrent();
      await turn;
    },
  };
}

function inputOf(read: Exclude<ReadCommand, { kind: 'outcome' }>, gateway: string, nowMs: number): CommandInput {
  const base = { command: read.id, gateway, receivedMs: nowMs, interrupted: false };
  if (read.kind === 'unknown')
    return { ...base, order: null, problem: read.problem, givenBy: null, givenMs: nowMs, validMs: 0 };
  const { order, givenBy, givenMs, validMs } = read;
  return { ...base, order, problem: null, givenBy, givenMs, validMs };
}
