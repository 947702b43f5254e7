import { styleText } from 'node:util';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { printable } from '../events/printable.ts';
import type { Level, LogEntry } from '../projections/log-entries/entry.ts';
import { queryLog } from '../projections/log-entries/query.ts';
import { systemEvents } from '../projections/system-events/system-events.ts';
import { openView } from '../wiring/open-view.ts';
import type { CommandContext } from './commands.ts';
import { ownLanguage } from './language.ts';
import { timeOption, wholeNumberOption } from './time-option.ts';

interface Options {
  type: 'system';
  level?: Level[];
  since?: number;
  until?: number;
  text?: string;
  limit: number;
  lang: 'ja' | 'en';
  format: 'table' | 'json';
}

export function configure(command: Command, context: CommandContext): void {
  command.description('ログクエリ: what happened, in sentences. `sekisho events` shows the events that it is made of.');
  command
    .command('query')
    .description('Looks for log entries, newest first.')
    .addOption(new Option('--type <type>', 'which log: system (システムイベント)').default('system').argParser(logType))
    .option('--level <level...>', 'only these: error (エラー), warning (警告), information (情報)', levels)
    .option('--since <time>', 'from this time on: 2026-11-24T10:00:00Z, or an age such as 15m, 2h, 3d', timeOption)
    .option('--until <time>', 'before this time', timeOption)
    .option('--text <pattern>', "only entries with this text; * is a wildcard, ; parts alternatives: '*時間*;*smart*'")
    .option('--limit <count>', 'at most so many, the newest', wholeNumberOption, 1000)
    .addOption(new Option('--lang <language>', 'language of the table').choices(['ja', 'en']).default(ownLanguage()))
    .addOption(
      new Option('--format <format>', 'table, or one JSON object a line').choices(['table', 'json']).default('table'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho logs query --type system --level error\n  $ sekisho logs query --type システムイベント --level エラー --since 1d\n' +
        '  $ sekisho logs query --format json | jq -r .message.ja',
    )
    .action(async (options: Options) => {
      const settings = await context.settings();
      const warn = (line: string) => void process.stderr.write(`${line}\n`);
      const view = await openView({ settings, projection: systemEvents, warn });
      try {
        const { level, since, until, text, limit } = options;
        const found = queryLog(view, {
          ...(level === undefined ? {} : { levels: level }),
          ...(since === undefined ? {} : { sinceMs: since }),
          ...(until === undefined ? {} : { untilMs: until }),
          ...(text === undefined ? {} : { text }),
          limit,
        });
        const show = options.format === 'json' ? jsonLine : (entry: LogEntry) => tableLine(entry, options.lang);
        for (const entry of found) process.stdout.write(`${show(entry)}\n`);
      } finally {
        view.close();
      }
    });
}

function logType(text: string): 'system' {
  if (text !== 'system' && text !== 'システムイベント')
    throw new InvalidArgumentError('must be system (システムイベント).');
  return 'system';
}

const levelNames: Readonly<Record<string, Level>> = {
  error: 'error',
  エラー: 'error',
  warning: 'warning',
  警告: 'warning',
  information: 'information',
  info: 'information',
  情報: 'information',
};

/** Given once for each level, or parted by commas. */
function levels(text: string, before: readonly Level[] = []): Level[] {
  const named = text.split(',').map((name) => levelNames[name]);
  if (named.includes(undefined)) throw new InvalidArgumentError('must be error, warning or information.');
  return [...before, ...named.filter((level) => level !== undefined)];
}

/** What other programs read; the order of the fields is theirs, too. */
function jsonLine({ id, time, type, level, message, subject, correlationid, data, source }: LogEntry): string {
  return JSON.stringify({ id, time, type, level, message, subject, correlationid, data, source });
}

const colours = { error: 'red', warning: 'yellow', information: 'cyan' } as const;

/** Of one width on a terminal, where a kanji or kana takes two columns. */
const levelCells: Readonly<Record<'ja' | 'en', Readonly<Record<Level, string>>>> = {
  ja: { error: 'エラー', warning: '警告  ', information: '情報  ' },
  en: { error: 'error      ', warning: 'warning    ', information: 'information' },
};

function tableLine({ time, level, message, subject }: LogEntry, language: 'ja' | 'en'): string {
  const line = `${time}  ${levelCells[language][level]}  ${printable(message[language])}  ${styleText('dim', printable(subject), { stream: process.stdout })}`;
  return styleText(colours[level], line, { stream: process.stdout });
}
