import { mkdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadSigningKeys, publicKeyFile, rotateSigningKeys } from '../sps/identity/signing-keys.ts';
import { shownJson } from './shown-json.ts';
import { type LoadSpsAccess, type Output, withExitCode } from './sps-access.ts';

/** Adds `key show|rotate` to `sps`. */
export function addKeyCommand(command: Command, load: LoadSpsAccess, { stdout }: Output): void {
  const key = command
    .command('key')
    .description('The keys that sign components (Ed25519). Gateways trust those of [update] keys_file.')
    .addHelpText('after', '\nExamples:\n  $ sekisho sps key show > sps-keys.pem\n  $ sekisho sps key rotate');
  key
    .command('show')
    .description(
      'Writes the public keys as PEM, the newest first: the content of [update] keys_file. Makes one where there is none.',
    )
    .option('--json', 'with their ids, as JSON')
    .action(({ json = false }: { json?: boolean }) =>
      withExitCode(async () => {
        const { server } = await load();
        await mkdir(server.folder, { recursive: true });
        const keys = await loadSigningKeys(server.folder);
        const shown = keys.map(({ id, publicPem }) => ({ id, publicKey: publicPem }));
        stdout.write(json ? `${shownJson(shown, 2)}\n` : keys.map(({ publicPem }) => publicPem).join(''));
      }),
    );
  key
    .command('rotate')
    .description(
      'Makes a new key. The one up to now signs beside it until the next rotation, so that there is time to bring the new one to the gateways; ' +
        'one that is older no longer does. A running server signs anew within a second.',
    )
    .option(
      '--revoke',
      'the keys up to now sign no more: somebody else may have them. Remove them from the gateways, too',
    )
    .action(({ revoke = false }: { revoke?: boolean }) =>
      withExitCode(async () => {
        const { server, audited } = await load();
        const { folder } = server;
        await mkdir(folder, { recursive: true });
        const before = (await loadSigningKeys(folder)).map(({ id }) => id).join(', ');
        const act = {
          what: 'sps-key',
          target: publicKeyFile(folder),
          before,
          ...(revoke && { after: 'revoked' }),
        } as const;
        const keys = await audited(act, () => rotateSigningKeys(folder, revoke));
        stdout.write(
          `signed by ${keys.map(({ id }) => id).join(' and ')}; gateways trust what is in ${publicKeyFile(folder)}\n`,
        );
      }),
    );
}
