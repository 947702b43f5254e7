import type { Command } from 'commander';
import { type FoundProcess, findProcess } from '../adapters/pid-file/pid-file.ts';
import { SettingsError } from '../adapters/settings/settings-error.ts';
import type { CommandContext } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

export function configure(command: Command, context: CommandContext): void {
  command
    .description(
      'Says whether a gateway takes mail on this state folder. Exit codes are those of init scripts: 0 it runs, 1 it has ' +
        'without saying so (killed, or the machine went down), 3 it does not run. Wrong settings are no hindrance, as long as ' +
        '[state] folder can be read.',
    )
    .option('--pid', 'only the number of its process')
    .addHelpText('after', '\nExamples:\n  $ sekisho status\n  $ kill -HUP $(sekisho status --pid)')
    .action(async (options: { pid?: true }) => {
      const folder = await stateFolder(context);
      const found = await findProcess(folder);
      if (found.state !== 'running') throw notRunning(found, folder);
      const { pid, addresses } = found;
      process.stdout.write(options.pid ? `${pid}\n` : `running: process ${pid}, SMTP on ${addresses.join(', ')}\n`);
    });
}

async function stateFolder(context: CommandContext): Promise<string> {
  try {
    return (await context.settings()).state.folder;
  } catch (error) {
    if (error instanceof SettingsError && error.stateFolder !== undefined) return error.stateFolder;
    throw error;
  }
}

function notRunning(found: Exclude<FoundProcess, { state: 'running' }>, folder: string): CommandFailure {
  if (found.state === 'none') return new CommandFailure(exitCodes.notRunning, `no gateway runs on ${folder}`);
  return new CommandFailure(
    exitCodes.dead,
    `the gateway of ${folder}, process ${found.pid}, has ended without taking its pid file away`,
  );
}
