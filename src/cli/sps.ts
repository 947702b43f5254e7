import { Command } from 'commander';
import { startSps } from '../sps/sps.ts';
import type { CommandContext } from './commands.ts';
import { nextSignal } from './signals.ts';
import { accessFrom, type LoadSpsAccess, type Output, type SpsAccess, withExitCode } from './sps-access.ts';
import { addBuildCommand } from './sps-build.ts';
import { addClientCommands } from './sps-clients.ts';
import { addExportCommand } from './sps-export.ts';
import { addImportCommand } from './sps-import.ts';
import { addKeyCommand } from './sps-key.ts';
import { addLookupCommand } from './sps-lookup.ts';
import { addOverrideCommand } from './sps-override.ts';
import { addPublishCommand } from './sps-publish.ts';
import { addSourcesCommand } from './sps-sources.ts';
import { addStatusCommand } from './sps-status.ts';

export function configure(command: Command, context: CommandContext): void {
  spsCommand(async () => accessFrom(await context.settings()), command);
}

/**
 * `sps` and the commands of its own. `load` is called once a command runs. Commands throw `CommandFailure`: 65 for a file without
 * a valid signature, 66 for one that cannot be read, 74 for a store that cannot be used, 75 while another import runs.
 */
export function spsCommand(load: LoadSpsAccess, command = new Command('sps'), output: Output = process): Command {
  command
    .description(
      'Answers at [sps] listen what is known of SHA-256 hashes, and distributes the query filter and the patterns. ' +
        'SIGTERM or SIGINT ends it.',
    )
    .addHelpText('after', '\nExamples:\n  $ sekisho sps\n  $ sekisho sps import signatures.hsb')
    .action(() => withExitCode(async () => serve(await load())));
  addImportCommand(command, load, output);
  addClientCommands(command, load, output);
  addExportCommand(command, load, output);
  addSourcesCommand(command, load, output);
  addOverrideCommand(command, load, output);
  addLookupCommand(command, load, output);
  addBuildCommand(command, load, output);
  addPublishCommand(command, load, output);
  addStatusCommand(command, load, output);
  addKeyCommand(command, load, output);
  return command;
}

async function serve({ server, openLog, startFeed }: SpsAccess): Promise<void> {
  const log = openLog();
  const sps = await startSps({
    ...server,
    onPublished: ({ components: { filter, agent, conventional } }) =>
      log.log(
        'INFO',
        `serving smart scan ${filter.version}, agent ${agent.version}, conventional ${conventional.version}`,
      ),
    onFollowed: ({ smart, agent, conventional }) =>
      log.log('INFO', `serving smart scan ${smart}, agent ${agent}, conventional ${conventional}, as they came`),
    onProblem: (problem) => log.log('ERROR', problem),
  });
  log.log('INFO', `Smart Protection Server listens on ${server.host}:${sps.port}; clients trust ${sps.caFile}`);
  const stopFeed = startFeed?.({
    onImported: (entries) => log.log('INFO', `taken in from Kafka: ${entries} entries`),
    onProblem: (problem) => log.log('ERROR', problem),
  });
  while ((await nextSignal()) === 'SIGHUP')
    log.log('INFO', 'the Smart Protection Server reads its settings at its start only');
  await stopFeed?.();
  await sps.close();
  await log.flush();
}
