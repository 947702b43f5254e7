import type { Command } from 'commander';
import { starterSet } from '../sps/data/starter-set.ts';
import { openStore } from '../sps/data/store.ts';
import { publish, type Step } from '../sps/products/publish.ts';
import type { SpsOptions } from '../sps/sps.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { shownJson } from './shown-json.ts';
import { type LoadSpsAccess, type Output, refuseFollower, withExitCode } from './sps-access.ts';
import { changesOf, changesText } from './sps-publication.ts';

/** How long another process that builds is waited for, ms. */
const waitMs = 600_000;

/** Adds `build` to `sps`. */
export function addBuildCommand(command: Command, load: LoadSpsAccess, { stdout }: Output): void {
  command
    .command('build')
    .description(
      'Builds smart scan pattern, query filter, agent and conventional pattern from what was imported, and says what `sps publish` would change. ' +
        'Nothing is published, and nothing is kept of it.',
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho sps build\n  $ sekisho sps build --json | jq -r ".[] | select(.isNew) | .component"',
    )
    .action(({ json = false }: { json?: boolean }) =>
      withExitCode(async () => {
        const { server } = await load();
        const changes = changesOf(await build(server, true));
        stdout.write(json ? `${shownJson(changes, 2)}\n` : changesText(changes, 'would be new'));
      }),
    );
}

/** Builds, and publishes unless it is a trial. Throws `CommandFailure` when another process does not come to an end. */
export async function build(server: SpsOptions, isTrial: boolean): Promise<Step> {
  const { folder, patternId = 'sekisho', filterFalsePositiveRate: falsePositiveRate = 0.0001 } = server;
  refuseFollower(server);
  // Makes it with what every server knows, where there is none.
  openStore(folder, starterSet).close();
  const step = await publish({ folder, patternId, falsePositiveRate, isTrial, waitMs });
  if (step === undefined)
    throw new CommandFailure(exitCodes.tempFail, `another process has been publishing in ${folder} for ten minutes`);
  return step;
}
