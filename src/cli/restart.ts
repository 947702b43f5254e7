import type { Command } from 'commander';
import { type CommandResult, gatewaySource, validSeconds } from '../events/command.ts';
import type { Envelope } from '../events/envelope.ts';
import { waitForOutcomes } from './command-wait.ts';
import type { CommandContext } from './commands.ts';
import { giveOrder } from './given-order.ts';
import { runningGateway } from './running-gateway.ts';
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
  const pid = await runningGateway(settings, 'nothing to restart');
  const { id } = await giveOrder({
    ...{ settings, access: undefined, order: { kind: 'restart' }, gateways: [] },
    validSeconds: Math.max(1, Math.min(wait, validSeconds.max)),
  });
  await waitForOutcomes({
    ...{ settings, access: undefined, command: id, waitMs: wait * 1000 },
    gateways: [gatewaySource(settings.state.gateway_name)],
    show: (outcome) => {
      for (const line of progress(outcome, pid)) say(line);
    },
  });
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
