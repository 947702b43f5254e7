import { type Command, Option } from 'commander';
import { gatewaySource } from '../events/command.ts';
import { statistics } from '../projections/statistics/statistics.ts';
import { type Period, summarize } from '../projections/statistics/summary.ts';
import { openView } from '../wiring/open-view.ts';
import type { CommandContext } from './commands.ts';
import { ownLanguage } from './language.ts';
import { periodFigures } from './stats-figures.ts';
import { periodsTable, periodText } from './stats-text.ts';
import { timeOption } from './time-option.ts';

interface Options {
  since: number;
  until?: number;
  by?: 'hour' | 'day';
  gateway?: string;
  lang: 'ja' | 'en';
  format: 'table' | 'json' | 'csv';
}

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'How many messages, verdicts, deferrals and failures there were, and how long scans and queries took. Counted by the ' +
        'hour (UTC); bounds are whole hours. p50, p90 and p99: half, 90 % and 99 % took no longer.',
    )
    .addOption(
      new Option('--since <time>', 'from this time on: 2026-11-24T10:00:00Z, or an age such as 6h, 30d')
        .argParser(timeOption)
        .default(timeOption('24h'), '24h'),
    )
    .option('--until <time>', 'before this time', timeOption)
    .addOption(new Option('--by <period>', 'a line for each hour or day (UTC)').choices(['hour', 'day']))
    .option('--gateway <name>', 'only this gateway ([state] gateway_name)')
    .addOption(new Option('--lang <language>', 'language of the table').choices(['ja', 'en']).default(ownLanguage()))
    .addOption(
      new Option('--format <format>', 'table; one JSON object a line and period, with all counts; csv, figures only')
        .choices(['table', 'json', 'csv'])
        .default('table'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho stats\n  $ sekisho stats --since 30d --by day\n' +
        '  $ sekisho stats --since 2026-11-01T00:00:00Z --until 2026-12-01T00:00:00Z --by hour --format csv > november.csv\n' +
        "  $ sekisho stats --format json | jq '.servers[] | [.server, .queryMs.p99, .unavailableMs]'",
    )
    .action(async ({ since, until = Date.now(), by, gateway, lang, format }: Options) => {
      const settings = await context.settings();
      const view = await openView({
        ...{ settings, projection: statistics },
        warn: (line) => void process.stderr.write(`${line}\n`),
      });
      try {
        const periods = summarize(view, {
          ...{ sinceMs: since, untilMs: until },
          ...(by && { by }),
          ...(gateway !== undefined && { gateway: gatewaySource(gateway) }),
        });
        process.stdout.write(shown[format](periods, lang, by !== undefined));
      } finally {
        view.close();
      }
    });
}

const shown: Readonly<
  Record<Options['format'], (periods: readonly Period[], lang: 'ja' | 'en', isList: boolean) => string>
> = {
  table: (periods, lang, isList) => (isList ? periodsTable(periods, lang) : periodText(periods[0], lang)),
  json: (periods) => periods.map((period) => `${JSON.stringify(periodFigures(period))}\n`).join(''),
  csv: (periods) => [csvHeadings, ...periods.map(csvRow)].map((cells) => `${cells.join(',')}\n`).join(''),
};

const csvHeadings = [
  ...['from', 'messages', 'bytes', 'clean', 'malware', 'unscannable', 'deferred', 'refused', 'smart', 'conventional'],
  ...['scan_p50_ms', 'scan_p90_ms', 'scan_p99_ms', 'reply_p50_ms', 'reply_p90_ms', 'reply_p99_ms'],
  ...['failovers', 'trips', 'queries_answered', 'queries_failed', 'servers_unavailable_s', 'ambiguous'],
];

/** Numbers and a time only: nothing that came with a mail. */
function csvRow(period: Period): (string | number)[] {
  const { from, messages, bytes, verdicts, methods, replies, failovers, deferred, scanMs, replyMs, total } =
    periodFigures(period);
  const times = [scanMs, replyMs].flatMap(({ p50, p90, p99 }) => [p50 ?? '', p90 ?? '', p99 ?? '']);
  return [
    ...[from, messages, bytes, verdicts.clean ?? 0, verdicts.malware ?? 0, verdicts.unscannable ?? 0],
    ...[deferred, replies['5xx'] ?? 0, methods.smart ?? 0, methods.conventional ?? 0, ...times],
    ...[
      failovers,
      total.trips,
      total.answered,
      total.failed,
      Math.round(total.unavailableMs / 1000),
      verdicts.ambiguous ?? 0,
    ],
  ];
}
