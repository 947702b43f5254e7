import { join } from 'node:path';
import { styleText } from 'node:util';
import { type Command, Option } from 'commander';
import type { ReadRange } from '../actors/ports/journal.ts';
import { openJournalReader } from '../adapters/journal/open-journal-reader.ts';
import { eventSummary, lineText } from '../adapters/terminal-log/event-summary.ts';
import type { Envelope, Recorded, Severity } from '../events/envelope.ts';
import { typesOf } from '../events/upcast.ts';
import type { CommandContext } from './commands.ts';
import { timeOption, wholeNumberOption } from './time-option.ts';

interface Options {
  follow?: true;
  type?: string[];
  since?: number;
  after: number;
  limit?: number;
  format: 'lines' | 'json';
}

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Shows the journal of the gateway, oldest event first: everything that happened to messages, servers and components. ' +
        'Works while the gateway runs and while it does not. docs/events.md lists the types.',
    )
    .option('-f, --follow', 'show what there is, then wait for more')
    .option('-t, --type <type...>', 'only these types, as the lines show them')
    .option(
      '-s, --since <time>',
      'only from this time on: 2026-11-24T10:00:00Z, or an age such as 15m, 2h, 3d',
      timeOption,
    )
    .option('-a, --after <sequence>', 'only events after this number (the first column)', wholeNumberOption, 0)
    .option('-n, --limit <count>', 'stop after so many', wholeNumberOption)
    .addOption(
      new Option('--format <format>', 'lines, or one JSON event a line').choices(['lines', 'json']).default('lines'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho events --follow\n  $ sekisho events --since 1h --type server.cached-invalid server.failed-over\n' +
        '  $ sekisho events --format json | jq .data.verdict',
    )
    .action(async (options: Options) => {
      const { state } = await context.settings();
      const journal = await openJournalReader({ folder: join(state.folder, 'journal') });
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      const range = readRange(options);
      const show = options.format === 'json' ? jsonLine : textLine;
      const events = options.follow ? journal.follow({ ...range, signal: stop.signal }) : journal.read(range);
      for await (const recorded of events) process.stdout.write(`${show(recorded)}\n`);
      await journal.close();
    });
}

function readRange({ type, since, after, limit }: Options): ReadRange {
  const names = (type ?? []).map((name) => (name.startsWith('sekisho.') ? name : `sekisho.${name}`));
  // Without a version all of them: what is shown is as it was stored.
  const types = names.flatMap((name) => (/\.v\d+$/.test(name) ? [name] : typesOf(name)));
  return {
    after,
    ...(types.length > 0 ? { types } : {}),
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(limit === undefined ? {} : { limit }),
  };
}

const colours: Readonly<Record<Severity, 'gray' | 'cyan' | 'yellow' | 'red'>> = {
  DEBUG: 'gray',
  INFO: 'cyan',
  WARN: 'yellow',
  ERROR: 'red',
};

/** One event for people; names out of mails are escaped. */
export function textLine({ sequence, event }: Recorded): string {
  const colour = colours[event.severitytext];
  const name = event.type.replace(/^sekisho\./, '').replace(/\.v\d+$/, '');
  // The name stands in a column of its own here.
  const facts = eventSummary(event).replace(/^\S+ ?/, '');
  const line =
    `${String(sequence).padStart(7)} ${event.time} ${name.padEnd(34)} ${lineText(event.subject)} ${facts}`.trimEnd();
  return styleText(colour, line, { stream: process.stdout });
}

function jsonLine({ sequence, event }: Recorded): string {
  return JSON.stringify({ sequence, ...(event as Envelope) });
}
