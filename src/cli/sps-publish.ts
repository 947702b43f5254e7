import type { Command } from 'commander';
import { writeStaticTree } from '../sps/distribution/static-tree.ts';
import { loadSigningKeys } from '../sps/identity/signing-keys.ts';
import { shownJson } from './shown-json.ts';
import { type LoadSpsAccess, type Output, withExitCode } from './sps-access.ts';
import { build } from './sps-build.ts';
import { changesOf, changesText } from './sps-publication.ts';

/** Adds `publish` to `sps`. */
export function addPublishCommand(command: Command, load: LoadSpsAccess, { stdout }: Output): void {
  command
    .command('publish')
    .description(
      'Builds and publishes what was imported, now and as a whole; a running server takes it over within a second. ' +
        'Needed with [sps] publish_by_itself = no, or without a running server.',
    )
    .option(
      '--to <folder>',
      'also as files for any web server: its root is then what [update] url of gateways names. Manifests are put in place last',
    )
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  $ sekisho sps publish\n  $ sekisho sps publish --to /var/www/sekisho')
    .action(({ to, json = false }: { to?: string; json?: boolean }) =>
      withExitCode(async () => {
        const { server, audited } = await load();
        const { folder, componentMinWaitSeconds: minWaitSeconds = 60 } = server;
        const step = await audited({ what: 'sps-publish', ...(to !== undefined && { target: to }) }, async () => {
          const step = await build(server, false);
          const keys = await loadSigningKeys(folder);
          if (to !== undefined) await writeStaticTree(step.now, to, { folder, keys, minWaitSeconds });
          return step;
        });
        const changes = changesOf(step);
        stdout.write(json ? `${shownJson(changes, 2)}\n` : changesText(changes, 'new'));
      }),
    );
}
