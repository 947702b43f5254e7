import { setTimeout as wait } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { printable } from '../events/printable.ts';
import type { ViewReader } from '../projections/ports/view-store.ts';
import { type GatewayOverview, overview } from '../projections/servers/overview.ts';
import { servers } from '../projections/servers/servers.ts';
import { openView } from '../wiring/open-view.ts';
import type { CommandContext } from './commands.ts';
import { gatewayLines } from './servers-lines.ts';

interface Options {
  follow?: true;
  format: 'table' | 'json';
}

/** How often the view is looked at, and how often it is brought up to the log, should nobody else do that. */
const lookMs = 250;
const catchUpMs = 5000;

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'The state of every reputation server as each gateway sees it now, of the scan service and of the components. ' +
        'Made of the log, so it also shows the last state of a gateway that does not run.',
    )
    .option('-f, --follow', 'until Ctrl-C: a terminal is redrawn, anything else gets the lines that changed')
    .addOption(
      new Option('--format <format>', 'table, or one JSON object a line and gateway')
        .choices(['table', 'json'])
        .default('table'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho servers\n  $ sekisho servers --follow\n' +
        "  $ sekisho servers --format json | jq -r '.servers[] | [.server, .state] | @tsv'",
    )
    .action(async ({ follow, format }: Options) => {
      const settings = await context.settings();
      const warn = (line: string) => void process.stderr.write(`${line}\n`);
      const open = () => openView({ settings, projection: servers, warn });
      const show = follow && (format === 'json' || !process.stdout.isTTY) ? showChanges(format) : showAll(format);
      await (follow ? watch(open, show) : once(open, show));
    });
}

type Show = (gateways: readonly GatewayOverview[]) => void;

async function once(open: () => Promise<ViewReader>, show: Show): Promise<void> {
  const view = await open();
  show(overview(view));
  view.close();
}

async function watch(open: () => Promise<ViewReader>, show: Show): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  while (!stop.signal.aborted) {
    const view = await open();
    for (let left = catchUpMs; left > 0 && !stop.signal.aborted; left -= lookMs) {
      show(overview(view));
      await wait(lookMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
    view.close();
  }
}

/** As a whole; on a terminal that is redrawn only when something has changed. */
function showAll(format: Options['format']): Show {
  let shown: string | undefined;
  return (gateways) => {
    const text = format === 'json' ? gateways.map(jsonLine).join('') : table(gateways);
    if (text === shown) return;
    process.stdout.write(shown === undefined ? text : `\u001b[2J\u001b[H${text}`);
    shown = text;
  };
}

function table(gateways: readonly GatewayOverview[]): string {
  if (gateways.length === 0) return 'The log knows of no gateway yet.\n';
  return gateways
    .map((each) => [printable(each.gateway), ...gatewayLines(each).map((line) => `  ${line}`), ''].join('\n'))
    .join('\n');
}

const jsonLine = (gateway: GatewayOverview) => `${JSON.stringify(gateway)}\n`;

/** Lines that were not there before: gateways as JSON, or each line of the table with its gateway. */
function showChanges(format: Options['format']): Show {
  let shown = new Set<string>();
  return (gateways) => {
    const lines = gateways.flatMap((each) =>
      format === 'json' ? [jsonLine(each)] : gatewayLines(each).map((line) => `${printable(each.gateway)}  ${line}\n`),
    );
    process.stdout.write(lines.filter((line) => !shown.has(line)).join(''));
    shown = new Set(lines);
  };
}
