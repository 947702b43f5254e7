import { type Command, Option } from 'commander';
import { printable } from '../events/printable.ts';
import { type MessageEntry, recordOf } from '../projections/messages/message.ts';
import { messages } from '../projections/messages/messages.ts';
import { findMessages } from '../projections/messages/query.ts';
import { onceMoreIfDamaged, openView } from '../wiring/open-view.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { ownLanguage } from './language.ts';
import { shownJson } from './shown-json.ts';
import { timeOption, wholeNumberOption } from './time-option.ts';
import { trackLines } from './track-lines.ts';

interface Options {
  since?: number;
  until?: number;
  limit: number;
  lang: 'ja' | 'en';
  format: 'table' | 'json';
}

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'メッセージ追跡: the way of a message from arrival to next hop: files and hashes, what was asked and answered, verdict, ' +
        'action, the reply of the next hop, and how often it was deferred and came again. Newest message first.',
    )
    .argument(
      '<what>',
      "Message-ID (with or without <>), Postfix's queue id, GUID of a scan or its first 8 characters, " +
        "or address of a sender or recipient; '<>' is the sender of bounces",
    )
    .option('--since <time>', 'came from this time on: 2026-11-24T10:00:00Z, or an age such as 15m, 2h, 3d', timeOption)
    .option('--until <time>', 'came before this time', timeOption)
    .option('--limit <count>', 'at most so many messages, the newest', wholeNumberOption, 20)
    .addOption(new Option('--lang <language>', 'language of the table').choices(['ja', 'en']).default(ownLanguage()))
    .addOption(
      new Option('--format <format>', 'table, or one JSON object a message and line')
        .choices(['table', 'json'])
        .default('table'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho track 4VwX3y2sQmz1\n  $ sekisho track 20261124100000.1234@example.org\n' +
        "  $ sekisho track user@example.net --since 2h\n  $ sekisho track 0F3C1D2E --format json | jq '.tries[].end.reply'",
    )
    .action(async (what: string, options: Options) => {
      const settings = await context.settings();
      const warn = (line: string) => void process.stderr.write(`${line}\n`);
      const { since, until, limit } = options;
      const query = {
        ...(since === undefined ? {} : { sinceMs: since }),
        ...(until === undefined ? {} : { untilMs: until }),
        // One more, so that it is known whether there are more.
        limit: limit + 1,
      };
      const found = await onceMoreIfDamaged(warn, async () => {
        const view = await openView({ settings, projection: messages, warn });
        try {
          return [...findMessages(view, what, query)];
        } finally {
          view.close();
        }
      });
      if (found.length === 0)
        throw new CommandFailure(exitCodes.noInput, `no message is known by ${printable(what)}${inTime(options)}`);
      show(found.slice(0, limit), options);
      if (found.length > limit)
        warn(`There are more than ${limit}: narrow the time by --since and --until, or raise --limit.`);
    });
}

function show(found: readonly MessageEntry[], { lang, format }: Options): void {
  for (const [index, message] of found.entries()) {
    const lines =
      format === 'json'
        ? [shownJson(recordOf(message))]
        : [...(index > 0 ? ['', ''] : []), ...trackLines(message, lang)];
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
}

function inTime({ since, until }: Options): string {
  return since === undefined && until === undefined ? '' : ' in that time';
}
