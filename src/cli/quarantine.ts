import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { QuarantineEntry } from '../actors/ports/mail.ts';
import { type OpenQuarantine, openQuarantine, QuarantineProblem } from '../adapters/quarantine/open-quarantine.ts';
import { printable } from '../events/printable.ts';
import { releaseFromQuarantine } from '../wiring/release.ts';
import { type Act, audited } from './audited.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { entryAsText, listAsTable } from './quarantine-output.ts';
import { shownJson } from './shown-json.ts';

/** What the commands need from the settings. */
export interface QuarantineAccess {
  /** Where the quarantine is. */
  folder: string;
  /** Delivers a message to its recipients, unscanned; throws when the next hop does not take it for all of them. */
  release(entry: QuarantineEntry, content: readonly Uint8Array[]): Promise<void>;
  /** Does something, and has it in the audit log. */
  audited<Result>(act: Act, work: () => Promise<Result>): Promise<Result>;
}

/** Where a command writes: `process.stdout` and `process.stderr`, or what a test reads. */
export interface Output {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

const exitCodeOfProblem = { unknown: exitCodes.noInput, ambiguous: exitCodes.usage, damaged: exitCodes.dataError };

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
  '  $ sekisho quarantine show 3F2A --raw > message.eml\n  $ sekisho quarantine release 3F2A';

function idArgument(): Argument {
  return new Argument('<id>', 'its id, or a beginning of it that fits no other');
}

export function configure(command: Command, context: CommandContext): void {
  quarantineCommand(async () => {
    const settings = await context.settings();
    return {
      folder: settings.quarantine.folder,
      release: (entry, content) => releaseFromQuarantine(settings, entry, content),
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
      throw new CommandFailure(exitCodeOfProblem[error.kind], printable(error.message), { cause: error });
    }
  }

  command
    .command('list')
    .description('list the messages, newest first')
    .addOption(formatOption('table'))
    .option('--limit <count>', 'at most so many', parseLimit, 100)
    .action(({ format, limit }: { format: string; limit: number }) =>
      withQuarantine(async (quarantine) => {
        const { entries, damaged, unfinished } = await quarantine.list(limit);
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

function addReleaseAndDelete(
  command: Command,
  withQuarantine: (use: (quarantine: OpenQuarantine, access: QuarantineAccess) => Promise<void>) => Promise<void>,
  output: Output,
): void {
  command
    .command('release')
    .description('deliver a message to its recipients without another scan; it stays in quarantine, marked as released')
    .addArgument(idArgument())
    .option('--again', 'also when it was released before')
    .action((id: string, { again }: { again?: true }) =>
      withQuarantine(async (quarantine, access) => {
        const { entry, content } = await quarantine.read(id);
        if (entry.releasedAt && !again) {
          throw new CommandFailure(
            exitCodes.usage,
            `${entry.id}: was released at ${entry.releasedAt}; to do it again: --again`,
          );
        }
        const before = entry.releasedAt ? `released ${entry.releasedAt}` : 'kept';
        await access.audited({ what: 'quarantine-release', target: entry.id, before, after: 'released' }, async () => {
          try {
            await access.release(entry, [content]);
          } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            throw new CommandFailure(exitCodes.tempFail, `${entry.id}: not released: ${printable(reason)}`, {
              cause: error,
            });
          }
          await quarantine.markReleased(entry.id, new Date().toISOString());
        });
        await write(output.stdout, `${entry.id}: released\n`);
      }),
    );

  command
    .command('delete')
    .description('delete a message for ever')
    .addArgument(idArgument())
    .action((id: string) =>
      withQuarantine(async (quarantine, access) => {
        const act = { what: 'quarantine-delete', target: id, before: 'kept', after: 'gone' } as const;
        const whole = await access.audited(act, () => quarantine.delete(id));
        await write(output.stdout, `${whole}: deleted\n`);
      }),
    );
}
