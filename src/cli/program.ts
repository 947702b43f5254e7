import { Command, CommanderError } from 'commander';
import { version } from '../wiring/version.ts';
import { type CommandContext, type CommandEntry, commands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { exitCodeOf } from './failure.ts';

/** What a run of the program needs of the process. */
export interface Surroundings {
  /** Arguments without node and script. */
  argv: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Takes what goes to standard error, line ends included. */
  writeError: (text: string) => void;
}

/** Runs one command to its end; resolves with the exit code. A failure is one line, with `--debug` its stack too. */
export async function run(surroundings: Surroundings, entries: readonly CommandEntry[] = commands): Promise<number> {
  const program = buildProgram(surroundings, entries);
  try {
    await program.parseAsync(helpAsOption(surroundings.argv), { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // Commander has said what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const debug = program.opts().debug === true || Boolean(surroundings.environment.SEKISHO_DEBUG);
    surroundings.writeError(failureText(error, debug));
    return exitCodeOf(error);
  }
}

/** Commander's own `help NAME` does not load the command; `NAME --help` does. */
function helpAsOption([first, ...rest]: readonly string[]): string[] {
  if (first === undefined) return [];
  return first === 'help' && rest.length > 0 ? [...rest, '--help'] : [first, ...rest];
}

function buildProgram(surroundings: Surroundings, entries: readonly CommandEntry[]): Command {
  const program = new Command('sekisho')
    .description('SMTP gateway that scans mail with file reputation.')
    .version(version(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option('-c, --config <file>', 'settings file (default: SEKISHO_CONFIG, else ./imss.ini if there is one)')
    .option('--debug', 'show where a failure comes from (also: SEKISHO_DEBUG=1)')
    .addHelpText('after', helpEnd)
    .exitOverride()
    .configureOutput({
      writeErr: surroundings.writeError,
      outputError: (text, write) => write(`sekisho: ${oneLine(text.replace(/^error: /, ''))}\n`),
    });
  const context: CommandContext = {
    settings: async (extra = {}) => {
      const { loadSettings } = await import('../adapters/settings/load-settings.ts');
      const { config } = program.opts<{ config?: string }>();
      const environment = { ...surroundings.environment, ...extra };
      return loadSettings({ ...surroundings, environment, argvConfig: config });
    },
  };
  for (const { name, summary } of entries) program.command(name).summary(summary).description(summary);
  program.hook('preSubcommand', async (parent, command) => {
    const entry = parent === program ? entries.find(({ name }) => name === command.name()) : undefined;
    const module = await entry?.load();
    module?.configure(command, context);
  });
  return program;
}

const helpEnd = `
Examples:
  $ sekisho start                to try it: mail goes into a Maildir
  $ sekisho gateway -c FILE      the gateway alone, with these settings
  $ sekisho events --follow      what happens, as it happens
  $ sekisho help quarantine      more about one command

Settings: docs/settings.md. Every setting can also be given in the environment, [smtp] listen as SEKISHO_SMTP_LISTEN.

Exit codes: 0 done, 64 wrong arguments, 65 wrong content, 66 no such input, 69 not available (a port in use, a server
that does not answer), 70 a defect, 74 a file cannot be written, 75 try again later, 77 not permitted, 78 wrong settings.`;

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

function failureText(error: unknown, debug: boolean): string {
  const text = error instanceof Error ? error.message : String(error);
  // Each problem of the settings is a line of its own.
  const lines = text.split('\n').map((line) => `sekisho: ${line}\n`);
  const stack = debug && error instanceof Error ? `${error.stack}\n` : '';
  return lines.join('') + stack;
}
