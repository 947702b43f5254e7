import { type Command, Option } from 'commander';
import { printable } from '../events/printable.ts';
import { fileHashes } from '../sps/data/file-hashes.ts';
import { addOverrides, allOverrides, removeOverrides } from '../sps/data/overrides.ts';
import { starterSet } from '../sps/data/starter-set.ts';
import type { Store } from '../sps/data/store.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { shownJson } from './shown-json.ts';
import { type LoadSpsAccess, type Output, type SpsAccess, useStore, withExitCode } from './sps-access.ts';
import { table } from './text-table.ts';

const hashForm = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** Adds `override add|remove|list` to `sps`. */
export function addOverrideCommand(command: Command, load: LoadSpsAccess, output: Output): void {
  const override = command
    .command('override')
    .description(
      'False positives: files that are no malware, whatever the sources say. The answers of a running server change at once, ' +
        'filter and patterns with the next version that it publishes.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho sps override add report.docx --reason "our own template"\n  $ sekisho sps override list',
    );
  const withStore = (use: (store: Store, access: SpsAccess) => void | Promise<void>) =>
    withExitCode(async () => {
      const access = await load();
      await useStore(access, (store) => use(store, access));
    });
  override
    .command('add')
    .description('Says that a file is no malware.')
    .argument('<hash|file>', 'SHA-256, SHA-1 or MD5; of a file all three')
    .requiredOption('--reason <text>', 'why, for those who come later', reasonText)
    .action((what: string, { reason }: { reason: string }) =>
      withStore(async (store, { audited }) => {
        const hashes = await hashesOf(what);
        refuseEicar(hashes);
        await audited({ what: 'sps-override', target: what, after: reason }, () => addOverrides(store, hashes, reason));
        for (const hash of hashes) output.stdout.write(`${hash.toString('hex')} is no malware\n`);
      }),
    );
  override
    .command('remove')
    .description('Takes that back.')
    .argument('<hash|file>', 'SHA-256, SHA-1 or MD5; of a file all three')
    .action((what: string) =>
      withStore(async (store, { audited }) => {
        const hashes = await hashesOf(what);
        const act = { what: 'sps-override', target: what, after: 'removed' } as const;
        const count = await audited(act, () => removeOverrides(store, hashes));
        if (count === 0) throw new CommandFailure(exitCodes.noInput, `there is no override for ${printable(what)}`);
      }),
    );
  override
    .command('list')
    .description('Shows them.')
    .addOption(new Option('--format <format>', 'how to show it').choices(['table', 'json']).default('table'))
    .action(({ format }: { format: string }) =>
      withStore((store) => {
        const all = allOverrides(store.database).map(({ hash, reason, time }) => {
          return { hash: hash.toString('hex'), reason, time: new Date(time * 1000).toISOString() };
        });
        const rows = all.map(({ hash, reason, time }) => [hash, `${time.slice(0, 16)}Z`, printable(reason)]);
        output.stdout.write(format === 'json' ? `${shownJson(all, 2)}\n` : table(['hash', 'since', 'reason'], rows));
      }),
    );
}

async function hashesOf(what: string): Promise<Buffer[]> {
  if (hashForm.test(what)) return [Buffer.from(what, 'hex')];
  return fileHashes(what).catch((error: Error) => {
    throw new CommandFailure(exitCodes.noInput, `${printable(what)} is no hash, and no file: ${error.message}`, {
      cause: error,
    });
  });
}

/** By EICAR gateways try what they get: without it they would refuse what is published. */
function refuseEicar(hashes: readonly Buffer[]): void {
  const known = starterSet().map(({ hash }) => hash.toString('hex'));
  if (hashes.some((hash) => known.includes(hash.toString('hex'))))
    throw new CommandFailure(
      exitCodes.usage,
      'the test files of EICAR and ClamAV stay: by them gateways try what they get',
    );
}

function reasonText(text: string): string {
  return text.trim().slice(0, 1000);
}
