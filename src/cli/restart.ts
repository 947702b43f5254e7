import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { leaveInFolder } from '../adapters/inbox/inbox-folder.ts';
import { findProcess } from '../adapters/pid-file/pid-file.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { type CommandResult, commandEvent, gatewaySource, validSeconds } from '../events/command.ts';
import type { Envelope } from '../events/envelope.ts';
import { commandFolder } from '../wiring/commands.ts';
import { waitForOutcomes } from './command-wait.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { givenBy } from './given-by.ts';
import { wholeNumberOption } from './time-option.ts';

/** Longer than the probes and the drain of a restart may take together. */
const waitSeconds = 180;

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Restarts the scan service of the gateway that runs on this state folder, with the settings as they are now. They are ' +
        'checked first: a wrong file is exit code 78, and the running service is left alone. The SMTP port stays open, scans in ' +
        'progress end under the old settings, counts and failovers begin anew. Returns when the new settings hold; exit code ' +
        '69 when no gateway runs or it could not, 75 when it says nothing in time. For all gateways: sekisho command restart.',
    )
    .option('--wait <seconds>', 'how long to wait for the outcome', wholeNumberOption, waitSeconds)
    .addHelpText('after', '\nExamples:\n  $ sekisho restart\n  $ sekisho restart --config /etc/sekisho/imss.ini')
    .action(({ wait }: { wait: number }) => restart(context, wait));
}

async function restart(context: CommandContext, wait: number): Promise<void> {
  const settings = await context.settings();
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`settings: ${settings.file ?? 'no file; defaults and environment'}: OK`);
  const pid = await runningGateway(settings);
  const id = randomUUID();
  const order = { kind: 'restart' } as const;
  const holds = { validSeconds: Math.max(1, Math.min(wait, validSeconds.max)), timeMs: Date.now() };
  const event = commandEvent({ id, order, gateways: [], source: givenBy(), ...holds });
  await leaveInFolder(commandFolder(settings), id, JSON.stringify(event));
  await waitForOutcomes({
    ...{ settings, access: undefined, command: id, waitMs: wait * 1000 },
    gateways: [gatewaySource(settings.state.gateway_name)],
    show: (outcome) => {
      for (const line of progress(outcome, pid)) say(line);
    },
  });
}

/** @throws {CommandFailure} when there is none */
async function runningGateway({ state, file }: Settings): Promise<number> {
  const found = await findProcess(state.folder);
  if (found.state === 'running') return found.pid;
  const given = file === undefined ? 'there is no settings file' : `[state] folder of ${file}`;
  throw new CommandFailure(exitCodes.unavailable, `no gateway runs on ${state.folder} (${given}): nothing to restart`);
}

function progress({ data }: Envelope, pid: number): string[] {
  if (data.state === 'Running') return [`gateway: process ${pid} restarts its scan service ...`];
  // Of a failure the reason is the message of the command.
  const result = data.result as CommandResult | null | undefined;
  if (data.state !== 'Done' || !result) return [`gateway: ${data.reason}`];
  return [
    `gateway: epoch ${result.epoch} takes the messages, with the new settings`,
    ...(result.later ?? []).map((place) => `changes in ${place} take effect at the next start`),
  ];
}
