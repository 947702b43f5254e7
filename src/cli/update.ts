import { Argument, type Command } from 'commander';
import type { Settings } from '../adapters/settings/settings.ts';
import { type ComponentName, componentNames, gatewaySource, validSeconds } from '../events/command.ts';
import { lastOutcomes } from './command-wait.ts';
import type { CommandContext } from './commands.ts';
import {
  type ComponentOutcome,
  componentOutcome,
  exitCodeHelp,
  exitCodeOfAll,
  outcomeText,
} from './component-outcome.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { giveOrder } from './given-order.ts';
import { runningGateway } from './running-gateway.ts';
import { wholeNumberOption } from './time-option.ts';

/** As long as a gateway may take to carry a command out. */
const waitSeconds = 600;
const showMs = 200;

interface Options {
  wait: number;
  json?: true;
}

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Updates components of the gateway that runs on this state folder now, whatever their schedule says (手動アップデート). ' +
        'Says of each what is in use then, or why it could not be taken; the one in use stays in that case. A new pattern ' +
        `restarts the scan service, and no message is lost. ${exitCodeHelp} For all gateways: sekisho components push.`,
    )
    .addArgument(
      new Argument('[component]', 'which one').choices([...componentNames, 'all']).default('all', 'all of them'),
    )
    .option('--wait <seconds>', 'how long to wait for each; 0: do not wait', wholeNumberOption, waitSeconds)
    .option('--json', 'one JSON object a line and component')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho update\n  $ sekisho update agent --wait 60\n  $ sekisho update --json',
    )
    .action((component: ComponentName | 'all', options: Options) =>
      update(context, component === 'all' ? componentNames : [component], options),
    );
}

async function update(context: CommandContext, components: readonly ComponentName[], options: Options): Promise<void> {
  const settings = await context.settings();
  await runningGateway(settings, 'nothing to update');
  const outcomes: ComponentOutcome[] = [];
  for (const component of components) {
    const outcome = await updateOne(settings, component, options);
    if (outcome) outcomes.push(outcome);
  }
  const code = exitCodeOfAll(outcomes);
  if (code === exitCodes.ok) return;
  const undone = components.filter((_, index) => outcomes[index]?.outcome !== 'done');
  throw new CommandFailure(code, `not updated: ${undone.join(', ')}`);
}

/** @returns nothing when it is not waited for */
async function updateOne(
  settings: Settings,
  component: ComponentName,
  { wait, json }: Options,
): Promise<ComponentOutcome | undefined> {
  const gateway = gatewaySource(settings.state.gateway_name);
  const { id } = await giveOrder({
    ...{ settings, access: undefined, gateways: [] },
    order: { kind: 'deploy-component', component, version: null },
    validSeconds: Math.max(1, Math.min(wait || validSeconds.usual, validSeconds.max)),
  });
  const say = (text: string, value: object) =>
    void process.stdout.write(json ? `${JSON.stringify({ component, ...value })}\n` : `${component}: ${text}\n`);
  if (wait === 0) {
    say(`command ${id} is given`, { command: id });
    return undefined;
  }
  const stopShowing = showWaiting(component);
  const outcomes = await lastOutcomes({
    ...{ settings, access: undefined, command: id, waitMs: wait * 1000 },
    ...{ gateways: [gateway], show: () => {} },
  }).finally(stopShowing);
  const outcome = componentOutcome(gateway, outcomes.get(gateway));
  say(outcomeText(outcome), outcome);
  return outcome;
}

/** A line that is written over, on a terminal. @returns takes it away */
function showWaiting(component: ComponentName): () => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => {};
  const beganMs = performance.now();
  const show = () => {
    const seconds = Math.floor((performance.now() - beganMs) / 1000);
    stderr.write(`\r\u001b[K${component}: asked, checked and tried ... ${seconds} s`);
  };
  show();
  const timer = setInterval(show, showMs);
  return () => {
    clearInterval(timer);
    stderr.write('\r\u001b[K');
  };
}
