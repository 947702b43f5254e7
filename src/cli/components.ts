import { Argument, type Command, Option } from 'commander';
import type { Settings } from '../adapters/settings/settings.ts';
import { type ComponentName, componentNames, gatewaySource, type Order, validSeconds } from '../events/command.ts';
import { overview } from '../projections/servers/overview.ts';
import { servers } from '../projections/servers/servers.ts';
import { kafkaAccess } from '../wiring/kafka.ts';
import { openView } from '../wiring/open-view.ts';
import { gatewayNames, versionArgument } from './command.ts';
import { lastOutcomes } from './command-wait.ts';
import type { CommandContext } from './commands.ts';
import { componentOutcome, exitCodeHelp, exitCodeOfAll, outcomeHeadings, outcomeRow } from './component-outcome.ts';
import { componentsTable } from './components-table.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { giveOrder } from './given-order.ts';
import { type ConsolePushOptions, consoleUrls, pushByConsole } from './push-by-console.ts';
import { table } from './text-table.ts';
import { wholeNumberOption } from './time-option.ts';

/** As long as a gateway may take to carry a command out. */
const waitSeconds = 600;

interface OrderOptions {
  gateway?: string[];
  all?: true;
  wait: number;
  json?: true;
}

type PushOptions = OrderOptions & Omit<ConsolePushOptions, 'console'> & { console?: string[] };

export function configure(command: Command, context: CommandContext): void {
  command
    .description('The agent pattern, the conventional pattern and the query filter of each gateway (コンポーネント).')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho components list\n  $ sekisho components push agent --all --wait 120\n' +
        '  $ sekisho components push conventional 42-0123456789ab --gateway mx1 --gateway mx2\n' +
        '  $ sekisho components push agent --console https://mx1:8445 --console https://mx2:8445 --token-file central.token\n' +
        '  $ sekisho components rollback agent',
    );
  command
    .command('list')
    .description(
      'Which version each gateway has, since when it is known to be the newest, what came of the last check, and when the ' +
        'next one comes. Made of the log, so it also shows what a gateway had that does not run.',
    )
    .option('--gateway <name>', 'only of this gateway; may be repeated', gatewayNames)
    .option('--json', 'one JSON object a line, gateway and component')
    .action((options: { gateway?: string[]; json?: true }) => list(context, options));
  ordering(command.command('push'))
    .description(
      'Has gateways fetch the newest version of a component and take it into use now, as a central manager does (Control ' +
        `Manager): through Kafka, over their admin APIs (--console), or here without either. ${exitCodeHelp}`,
    )
    // No option: --version is the program's own.
    .argument('[version]', 'the one that must be in use afterwards: else it has failed', versionArgument)
    .addOption(
      new Option('--console <url>', 'the admin API of a gateway, https://host:port; may be repeated')
        .argParser(consoleUrls)
        .conflicts(['gateway', 'all']),
    )
    .option('--token-file <file>', 'whose first line is a token for them (sekisho console token)')
    .option('--ca-file <file>', "PEM file of the authorities to trust for them, in place of the system's")
    .action((component: ComponentName, version: string | undefined, options: PushOptions) =>
      options.console === undefined
        ? order(context, { kind: 'deploy-component', component, version: version ?? null }, options)
        : pushByConsole(component, version, { ...options, console: options.console }),
    );
  ordering(command.command('rollback'))
    .description(
      'Has gateways take the version before into use; the one that was in use is refused until there is a newer one. Without ' +
        `--gateway and --all: the gateway of this state folder. ${exitCodeHelp}`,
    )
    .action((component: ComponentName, options: OrderOptions) =>
      order(context, { kind: 'rollback-component', component }, options),
    );
}

function ordering(command: Command): Command {
  return command
    .addArgument(new Argument('<component>', 'which one').choices(componentNames))
    .option('--gateway <name>', 'this gateway ([state] gateway_name); may be repeated', gatewayNames)
    .addOption(new Option('--all', 'every gateway that hears of it').conflicts('gateway'))
    .option('--wait <seconds>', 'how long to wait for the outcomes; 0: do not wait', wholeNumberOption, waitSeconds)
    .option('--json', 'the outcomes as one JSON object');
}

async function list(context: CommandContext, options: { gateway?: string[]; json?: true }): Promise<void> {
  const settings = await context.settings();
  const view = await openView({ settings, projection: servers, warn });
  const wanted = options.gateway?.map(gatewaySource);
  const rows = overview(view)
    .filter(({ gateway }) => wanted?.includes(gateway) ?? true)
    .flatMap(({ components }) => components);
  view.close();
  if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  else
    process.stdout.write(
      rows.length === 0 ? 'The log knows of no component yet.\n' : componentsTable(rows, Date.now()),
    );
}

const warn = (line: string) => void process.stderr.write(`${line}\n`);

async function order(context: CommandContext, what: Order, options: OrderOptions): Promise<void> {
  const settings = await context.settings();
  const { access, gateways } = addressees(settings, what, options);
  const { wait } = options;
  const { id } = await giveOrder({
    ...{ settings, access, order: what, gateways },
    validSeconds: Math.min(Math.max(wait, validSeconds.usual), validSeconds.max),
  });
  if (wait === 0) {
    process.stdout.write(options.json ? `${JSON.stringify({ command: id })}\n` : `command ${id} is given\n`);
    return;
  }
  const awaited = gateways.length > 0 ? gateways : await runningGateways(settings);
  if (process.stderr.isTTY) warn(`command ${id} is given; waiting for ${awaited.length || 'all'} gateways ...`);
  const said = await lastOutcomes({
    ...{ settings, access, command: id, waitMs: wait * 1000, gateways: awaited, show: () => {} },
  });
  const outcomes = [...new Set([...awaited, ...said.keys()])]
    .sort()
    .map((source) => componentOutcome(source, said.get(source)));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ command: id, gateways: outcomes })}\n`
      : table(outcomeHeadings, outcomes.map(outcomeRow)),
  );
  if (outcomes.length === 0)
    throw new CommandFailure(exitCodes.tempFail, `no gateway has said anything within ${wait} s`);
  const undone = outcomes.filter(({ outcome }) => outcome !== 'done').length;
  const code = exitCodeOfAll(outcomes);
  if (code !== exitCodes.ok) throw new CommandFailure(code, `${undone} of ${outcomes.length} gateways did not do it`);
}

/** By which way it goes, and to whom by source; none: to all. @throws {CommandFailure} when they cannot be reached */
function addressees(settings: Settings, { kind }: Order, { gateway = [], all }: OrderOptions) {
  const here = settings.state.gateway_name;
  const access = kafkaAccess(settings);
  if (gateway.length === 0 && !all) {
    // To push is to reach others: nobody shall think that all have it who has told only one.
    if (kind === 'deploy-component')
      throw new CommandFailure(exitCodes.usage, 'say to which gateways: --gateway <name>, --all or --console <url>');
    return { access: undefined, gateways: [gatewaySource(here)] };
  }
  if (access !== undefined) return { access, gateways: gateway.map(gatewaySource) };
  const others = gateway.filter((name) => name !== here);
  if (others.length === 0) return { access, gateways: [gatewaySource(here)] };
  throw new CommandFailure(
    exitCodes.usage,
    `without [kafka] brokers only the gateway of this state folder is reached, ${here}; not ${others.join(', ')}`,
  );
}

/** Gateways that run, as far as the log knows; none where it cannot be read: then nobody knows how many there are. */
async function runningGateways(settings: Settings): Promise<string[]> {
  try {
    const view = await openView({ settings, projection: servers, warn });
    const running = overview(view).filter(({ state }) => state !== 'Ended' && state !== 'Broken');
    view.close();
    return running.map(({ gateway }) => gateway);
  } catch {
    return [];
  }
}
