import { type Command, Option } from 'commander';
import type { Level } from '../projections/log-entries/entry.ts';
import type { LogQuery } from '../projections/log-entries/query.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { type Language, ownLanguage } from './language.ts';
import { answer } from './log-query/answer.ts';
import { type Format, formats } from './log-query/format.ts';
import { type LogType, levelOption, levelsHelp, typeOption, typesHelp } from './log-query/log-types.ts';
import { logs } from './log-query/logs.ts';
import { timeHelp, timeOption, wholeNumberOption } from './time-option.ts';

interface Options {
  type: LogType;
  level?: Level[];
  since?: number;
  until?: number;
  text?: string;
  server?: string;
  messageId?: string;
  limit: number;
  lang: Language;
  format: Format;
  bom?: true;
}

export function configure(command: Command, context: CommandContext): void {
  command.description('ログクエリ: what happened, in sentences. `sekisho events` shows the events that it is made of.');
  command
    .command('query')
    .description(
      'Looks for log entries, newest first. A query by time and level takes no longer when the log is large.',
    )
    .addOption(new Option('--type <type>', `which log: ${typesHelp}`).default('system').argParser(typeOption))
    .option('--level <level...>', `only these: ${levelsHelp}`, levelOption)
    .option('--since <time>', `from this time on: ${timeHelp}`, timeOption)
    .option('--until <time>', 'before this time', timeOption)
    .option('--text <pattern>', "only entries with this text; * is a wildcard, ; parts alternatives: '*時間*;*smart*'")
    .option('--server <server>', 'only what is about this Smart Protection Server, or asked it: host or host:port')
    .option('--message-id <id>', 'only what is about this message: its Message-ID')
    .option('--limit <count>', 'at most so many, the newest', wholeNumberOption, 1000)
    .addOption(new Option('--lang <language>', 'language of the words').choices(['ja', 'en']).default(ownLanguage()))
    .addOption(
      new Option('--format <format>', 'table, one JSON object a line, or CSV (RFC 4180)')
        .choices(formats)
        .default('table'),
    )
    .option('--bom', 'begin CSV with a byte order mark: Excel shows Japanese then as it is')
    .addHelpText('after', examples)
    .action(async (options: Options) => {
      const log = logs[options.type];
      const wanted = queryOf(options);
      const lacking = log.lacks.find((name) => wanted[name] !== undefined);
      if (lacking !== undefined) throw new CommandFailure(exitCodes.usage, doesNotGo(lacking, options.type));
      if (options.bom && options.format !== 'csv')
        throw new CommandFailure(exitCodes.usage, '--bom is for --format csv');
      const question = {
        ...{ log, wanted, bom: options.bom ?? false },
        shown: { format: options.format, language: options.lang },
      };
      const warn = (line: string) => void process.stderr.write(`${line}\n`);
      await answer(await context.settings(), question, process.stdout, warn);
    });
}

const examples = `
Examples:
  $ sekisho logs query --type システムイベント --level エラー --since 1d
  $ sekisho logs query --type policy --since '2026-11-24 10:00' --until '2026-11-24 12:00'
  $ sekisho logs query --type tracking --message-id 20261124100000.1234@example.org
  $ sekisho logs query --text '*利用できません*;*failover*' --server sps1.example.org
  $ sekisho logs query --type policy --limit 1000000 --format csv --bom > policy.csv
  $ sekisho logs query --format json | jq -r .message.ja`;

function queryOf({ level, since, until, text, server, messageId, limit }: Options): LogQuery {
  if (since !== undefined && until !== undefined && since >= until)
    throw new CommandFailure(exitCodes.usage, '--since is not before --until: there is nothing in between');
  return {
    ...(level === undefined ? {} : { levels: level }),
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(until === undefined ? {} : { untilMs: until }),
    ...(text === undefined ? {} : { text }),
    ...(server === undefined ? {} : { server }),
    // As it stands in a header, or without the brackets.
    ...(messageId === undefined ? {} : { messageId: messageId.trim().replace(/^<(.*)>$/, '$1') }),
    limit,
  };
}

const optionNames: Readonly<Partial<Record<keyof LogQuery, string>>> = {
  levels: '--level',
  server: '--server',
  messageId: '--message-id',
};

function doesNotGo(part: keyof LogQuery, type: LogType): string {
  const fitting = Object.entries(logs).filter(([, { lacks }]) => !lacks.includes(part));
  return `${optionNames[part]} does not go with --type ${type}: it is for ${fitting.map(([name]) => name).join(', ')}`;
}
