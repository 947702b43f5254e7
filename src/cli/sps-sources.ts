import { type Command, Option } from 'commander';
import { printable } from '../events/printable.ts';
import { algorithms } from '../sps/data/entry.ts';
import { allSources, filesOf, removeSource, type Source, setSource } from '../sps/data/sources.ts';
import type { Store } from '../sps/data/store.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { shownJson } from './shown-json.ts';
import {
  expiresDays,
  expiresHelp,
  onlySmartHelp,
  priority,
  priorityHelp,
  type SourceOptions,
  settingOf,
  sourceName,
} from './source-options.ts';
import { type LoadSpsAccess, type Output, type SpsAccess, useStore, withExitCode } from './sps-access.ts';
import { table } from './text-table.ts';

/** Adds `sources list|set|remove` to `sps`. */
export function addSourcesCommand(command: Command, load: LoadSpsAccess, output: Output): void {
  const sources = command
    .command('sources')
    .description(
      'Who says what is malware, and what is known good. Of several that say something of a file one counts.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sekisho sps sources list\n  $ sekisho sps sources set urlhaus --priority 40 --expires-days 30\n' +
        '  $ sekisho sps sources remove urlhaus',
    );
  const withStore = (use: (store: Store, access: SpsAccess) => void | Promise<void>) =>
    withExitCode(async () => {
      const access = await load();
      await useStore(access, (store) => use(store, access));
    });
  sources
    .command('list')
    .description('Shows them, the one whose word counts most first.')
    .addOption(new Option('--format <format>', 'how to show it').choices(['table', 'json']).default('table'))
    .action(({ format }: { format: string }) =>
      withStore((store) => {
        const all = allSources(store.database).map((source) => shown(store, source));
        output.stdout.write(format === 'json' ? `${shownJson(all, 2)}\n` : asTable(all));
      }),
    );
  sources
    .command('set')
    .description('Sets how much the word of a source counts, and for how long. Counts at once for all that it says.')
    .argument('<source>', 'its name', sourceName)
    .option('--priority <number>', priorityHelp, priority)
    .option('--expires-days <days>', expiresHelp, expiresDays)
    .option('--only-smart', onlySmartHelp)
    .option('--no-only-smart', 'also in the conventional pattern, as is usual')
    .action((name: string, options: SourceOptions) =>
      withStore(async (store, { audited }) => {
        const setting = settingOf(options);
        if (Object.keys(setting).length === 0)
          throw new CommandFailure(exitCodes.usage, 'say what to set: --priority, --expires-days or --only-smart');
        const after = shownJson(setting);
        await audited({ what: 'sps-source', target: name, after }, () => setSource(store, name, setting));
      }),
    );
  sources
    .command('remove')
    .description('Removes a source with all that it says.')
    .argument('<source>', 'its name', sourceName)
    .action((name: string) =>
      withStore(async (store, { audited }) => {
        await audited({ what: 'sps-source', target: name, after: 'removed' }, () => removeSource(store, name));
      }),
    );
}

function shown(store: Store, source: Source) {
  const { name, kind, priority, expiresDays, onlySmart, since, updated, info } = source;
  const files = filesOf(store.database, source.id);
  const entries = algorithms.map((algorithm) => [
    algorithm,
    files.find((one) => one.algorithm === algorithm)?.count ?? 0,
  ]);
  return {
    ...{ name, kind, priority, expiresDays: expiresDays ?? null, onlySmart, info },
    entries: Object.fromEntries(entries) as Record<(typeof algorithms)[number], number>,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    ...{ since: new Date(since * 1000).toISOString(), updated: new Date(updated * 1000).toISOString() },
  };
}

function asTable(all: readonly ReturnType<typeof shown>[]): string {
  return table(
    ['source', 'says', 'priority', 'expires', 'SHA-256', 'SHA-1', 'MD5', 'updated', ''],
    all.map(({ name, kind, priority, expiresDays, onlySmart, entries, updated, info }) => [
      ...[name, `${kind === 'allow' ? 'known good' : 'malware'}${onlySmart ? ', queries only' : ''}`, String(priority)],
      expiresDays === null ? 'never' : `${expiresDays} days`,
      ...[entries.sha256, entries.sha1, entries.md5].map(String),
      ...[`${updated.slice(0, 16)}Z`, printable(info)],
    ]),
  );
}
