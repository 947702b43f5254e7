import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { type OpenQuarantine, openQuarantine } from '../adapters/quarantine/open-quarantine.ts';
import { QuarantineProblem } from '../adapters/quarantine/problem.ts';
import { printable } from '../events/printable.ts';
import { releaseFromQuarantine } from '../wiring/release.ts';
import { audited } from './audited.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { entryAsText, listAsTable } from './quarantine-output.ts';
import { type ReleaseAccess, type ReleaseOptions, releaseOne } from './quarantine-release.ts';
import { addressOption, type Criteria, fitsCriteria, selectedIds, withCriteria } from './quarantine-selection.ts';
import { shownJson } from './shown-json.ts';
import { timeOption } from './time-option.ts';

/** What the commands need from the settings. */
export interface QuarantineAccess extends ReleaseAccess {
  /** Where the quarantine is. */
  folder: string;
}

/** Where a command writes: `process.stdout` and `process.stderr`, or what a test reads. */
export interface Output {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

const exitCodeOfProblem = {
  ...{ unknown: exitCodes.noInput, ambiguous: exitCodes.usage },
  ...{ damaged: exitCodes.dataError, busy: exitCodes.tempFail },
};

function write(stream: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

function parseLimit(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1 to 999999999.');
  return Number(text);
}

function formatOption(forPeople: 'table' | 'text'): Option {
  return new Option('--format <format>', 'how to show it').choices([forPeople, 'json']).default(forPeople);
}

const description =
  'Messages that the virus rule kept, with who sent them to whom, and why. Works while the gateway runs and while it does ' +
  'not. An id may be cut short as long as it fits one message only.';
const examples =
  '\nExamples:\n  $ sekisho quarantine list\n  $ sekisho quarantine show 3F2A\n' +
  "  $ sekisho quarantine list --since 1d --sender '*@example.org' --reason unscannable --format json\n" +
  '  $ sekisho quarantine show 3F2A --raw > message.eml\n  $ sekisho quarantine release 3F2A 71C0\n' +
  '  $ sekisho quarantine release 3F2A --to security@example.net\n' +
  '  $ sekisho quarantine delete --older-than 14d --dry-run';

function idArgument(): Argument {
  return new Argument('<id>', 'its id, or a beginning of it that fits no other');
}

function idsArgument(): Argument {
  return new Argument('[ids...]', 'ids, or beginnings of them; without, the messages that the options find');
}

export function configure(command: Command, context: CommandContext): void {
  quarantineCommand(async () => {
    const settings = await context.settings();
    return {
      folder: settings.quarantine.folder,
      release: (...what) => releaseFromQuarantine(settings, ...what),
      audited: (act, work) => audited(settings, act, work),
    };
  }, command);
}

/**
 * `quarantine list|show|release|delete`. `load` is called once a command runs. Commands throw `CommandFailure`: 66 for an id that is not
 * there, 64 for one that fits several messages, 65 for a damaged entry, 75 when the next hop does not take a release.
 */
export function quarantineCommand(
  load: () => Promise<QuarantineAccess>,
  command = new Command('quarantine'),
  output: Output = process,
): Command {
  command.description(description).addHelpText('after', examples);

  async function withQuarantine(
    use: (quarantine: OpenQuarantine, access: QuarantineAccess) => Promise<void>,
  ): Promise<void> {
    const access = await load();
    try {
      await use(openQuarantine(access.folder), access);
    } catch (error) {
      if (!(error instanceof QuarantineProblem)) throw error;
      throw failureOf(error);
    }
  }

  withCriteria(command.command('list'))
    .description('list the messages, newest first')
    .addOption(formatOption('table'))
    .option('--limit <count>', 'at most so many', parseLimit, 100)
    .action(({ format, limit, ...criteria }: Criteria & { format: string; limit: number }) =>
      withQuarantine(async (quarantine) => {
        const { entries, damaged, unfinished } = await quarantine.list({ limit, fits: fitsCriteria(criteria) });
        await write(output.stdout, format === 'json' ? `${shownJson(entries, 2)}\n` : listAsTable(entries));
        for (const line of damaged) await write(output.stderr, `${printable(line)}\n`);
        for (const id of unfinished) await write(output.stderr, `${id}: unfinished, its message was not accepted\n`);
      }),
    );

  command
    .command('show')
    .description('show what is known of a message, or the message itself')
    .addArgument(idArgument())
    .addOption(formatOption('text'))
    .option('--raw', 'write the message to standard output, byte for byte')
    .action((id: string, { format, raw }: { format: string; raw?: true }) =>
      withQuarantine(async (quarantine) => {
        const { entry, content } = await quarantine.read(id);
        if (raw) await write(output.stdout, content);
        else await write(output.stdout, format === 'json' ? `${shownJson(entry, 2)}\n` : entryAsText(entry));
      }),
    );

  addReleaseAndDelete(command, withQuarantine, output);
  return command;
}

type WithQuarantine = (use: (quarantine: OpenQuarantine, access: QuarantineAccess) => Promise<void>) => Promise<void>;

interface ManyOptions extends Criteria {
  dryRun?: true;
}

function addReleaseAndDelete(command: Command, withQuarantine: WithQuarantine, output: Output): void {
  const say = (line: string) => write(output.stdout, `${line}\n`);
  const selected = async (...what: Parameters<typeof selectedIds>) => {
    const ids = await selectedIds(...what);
    if (ids.length === 0) await write(output.stderr, 'No message in quarantine fits.\n');
    return ids;
  };
  many(command.command('release'))
    .description(
      'deliver messages to their recipients, or to others, without another scan. They stay in quarantine, marked; whoever has ' +
        'one does not get it again',
    )
    .option('--to <address>', 'to this address instead; may be repeated', addressOption)
    .option('--again', 'also to those who have it already, and when an earlier release was cut short')
    .action((given: string[], { to, again, dryRun, ...criteria }: ManyOptions & ReleaseOptions) =>
      withQuarantine(async (quarantine, access) => {
        const options = { ...(to && { to }), ...(again && { again }) };
        await forEach(await selected(quarantine, given, criteria), async (id) => {
          if (dryRun) await say(`${(await quarantine.read(id)).entry.id}: would be released`);
          else await say(await releaseOne(quarantine, access, id, options));
        });
      }),
    );

  many(command.command('delete'))
    .description('delete messages for ever')
    .option('--older-than <age>', 'quarantined before then: an age such as 14d, or a time', timeOption)
    .action((given: string[], { olderThan, dryRun, ...criteria }: ManyOptions & { olderThan?: number }) =>
      withQuarantine(async (quarantine, access) => {
        const until = olderThan === undefined ? {} : { until: Math.min(olderThan, criteria.until ?? olderThan) };
        await forEach(await selected(quarantine, given, { ...criteria, ...until }), async (id) => {
          if (dryRun) return say(`${id}: would be deleted`);
          const act = { what: 'quarantine-delete', target: id, before: 'kept', after: 'gone' } as const;
          await say(`${await access.audited(act, () => quarantine.delete(id))}: deleted`);
        });
      }),
    );
}

function many(command: Command): Command {
  return withCriteria(command.addArgument(idsArgument())).option('--dry-run', 'only say what would be done');
}

/** Goes on with the others when one fails. @throws what failed: one as it is, of several how many and the first */
async function forEach(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const id of ids) await work(id).catch((error) => failures.push(error));
  const [first] = failures;
  if (failures.length <= 1) {
    if (first !== undefined) throw first;
    return;
  }
  const failure = first instanceof QuarantineProblem ? failureOf(first) : first;
  if (!(failure instanceof CommandFailure)) throw first;
  const texts = failures.map((error) => (error instanceof Error ? printable(error.message) : String(error)));
  throw new CommandFailure(failure.exitCode, texts.join('\n'), { cause: first });
}

function failureOf(problem: QuarantineProblem): CommandFailure {
  return new CommandFailure(exitCodeOfProblem[problem.kind], printable(problem.message), { cause: problem });
}
