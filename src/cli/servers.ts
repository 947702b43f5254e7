import { setTimeout as wait } from 'node:timers/promises';
import { styleText } from 'node:util';
import { type Command, Option } from 'commander';
import { printable } from '../events/printable.ts';
import { type GatewayOverview, overview } from '../projections/servers/overview.ts';
import { type ServerRow, servers } from '../projections/servers/servers.ts';
import { openView } from '../wiring/open-view.ts';
import type { CommandContext } from './commands.ts';

interface Options {
  follow?: true;
  format: 'table' | 'json';
}

/** How often it is looked whether anything has changed. */
const lookMs = 250;

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'The state of every reputation server as each gateway sees it now, of the scan service and of the components. ' +
        'Made of the log, so it also shows the last state of a gateway that does not run.',
    )
    .option('-f, --follow', 'show it again whenever something changes, until Ctrl-C')
    .addOption(
      new Option('--format <format>', 'table, or one JSON object a line and gateway')
        .choices(['table', 'json'])
        .default('table'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho servers\n  $ sekisho servers --follow\n  $ sekisho servers --format json | jq .servers',
    )
    .action(async (options: Options) => {
      const settings = await context.settings();
      const warn = (line: string) => void process.stderr.write(`${line}\n`);
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      process.once('SIGTERM', () => stop.abort());
      let shown = '';
      do {
        // Opened anew each time: so the view is brought up to the log, whoever does it.
        const view = await openView({ settings, projection: servers, warn });
        const text = show(overview(view), options.format);
        view.close();
        if (text !== shown)
          process.stdout.write(`${options.follow && process.stdout.isTTY ? '\u001b[2J\u001b[H' : ''}${text}`);
        shown = text;
        if (options.follow) await wait(lookMs, undefined, { signal: stop.signal }).catch(() => undefined);
      } while (options.follow && !stop.signal.aborted);
    });
}

function show(gateways: readonly GatewayOverview[], format: Options['format']): string {
  if (format === 'json') return gateways.map((gateway) => `${JSON.stringify(gateway)}\n`).join('');
  return gateways.length === 0 ? 'The log knows of no gateway yet.\n' : gateways.map(gatewayText).join('\n');
}

function gatewayText(gateway: GatewayOverview): string {
  const { state, epoch, method, relay, since } = gateway;
  const kafka = relay === undefined ? '' : `, Kafka ${relay}`;
  const lines = [
    `${printable(gateway.gateway)}: ${state} since ${since}, epoch ${epoch}, ${method} scan${kafka}`,
    ...gateway.servers.map(serverText),
    ...gateway.components.map(
      ({ component, version, state, confirmed }) =>
        `  ${printable(component).padEnd(28)} ${state}, version ${printable(version ?? 'none')}${confirmed === undefined ? '' : `, the newest at ${confirmed}`}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const colours: Readonly<Record<string, 'green' | 'yellow' | 'red'>> = {
  Healthy: 'green',
  Failing: 'yellow',
  Throttled: 'yellow',
  LeftOut: 'yellow',
  CachedInvalid: 'red',
  FailedOver: 'red',
};

function serverText({ server, state, failCount, threshold, since, invalidUntil, lastFailure }: ServerRow): string {
  const facts = [
    `since ${since}`,
    failCount > 0 ? `${failCount} failures (more than ${threshold} trip)` : '',
    invalidUntil === undefined ? '' : `not asked until ${invalidUntil}`,
    lastFailure === undefined ? '' : `last failure: ${printable(lastFailure)}`,
  ].filter((fact) => fact !== '');
  const line = `  ${printable(server).padEnd(28)} ${state}, ${facts.join(', ')}`;
  const colour = colours[state];
  return colour === undefined ? line : styleText(colour, line, { stream: process.stdout });
}
