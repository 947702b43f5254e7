import { type Command, InvalidArgumentError, Option } from 'commander';
import { printable } from '../events/printable.ts';
import { shownName } from '../sps/data/entry.ts';
import { type Lookup, lookUp } from '../sps/data/lookup.ts';
import { starterSet } from '../sps/data/starter-set.ts';
import { openStore } from '../sps/data/store.ts';
import { shownJson } from './shown-json.ts';
import { type LoadSpsAccess, type Output, withExitCode } from './sps-access.ts';
import { table } from './text-table.ts';

/** Adds `lookup` to `sps`. */
export function addLookupCommand(command: Command, load: LoadSpsAccess, output: Output): void {
  command
    .command('lookup')
    .description('Shows what every source says of a hash, whose word counts, and why.')
    .argument('<hash>', 'SHA-256, SHA-1 or MD5', hashArgument)
    .addOption(new Option('--format <format>', 'how to show it').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nExample:\n  $ sekisho sps lookup 275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f',
    )
    .action((hash: Buffer, { format }: { format: string }) =>
      withExitCode(async () => {
        const store = openStore((await load()).server.folder, starterSet);
        try {
          const found = lookUp(store, hash, Math.floor(Date.now() / 1000));
          output.stdout.write(format === 'json' ? `${shownJson(asJson(hash, found), 2)}\n` : asText(found));
        } finally {
          store.close();
        }
      }),
    );
}

function hashArgument(text: string): Buffer {
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text))
    throw new InvalidArgumentError('must be 32, 40 or 64 hexadecimal digits.');
  return Buffer.from(text, 'hex');
}

const time = (seconds: number) => (Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString() : null);

function asJson(hash: Buffer, { verdict, override, words }: Lookup) {
  return {
    ...{ hash: hash.toString('hex'), verdict },
    override: override ? { reason: override.reason, time: time(override.time) } : null,
    sources: words.map(({ source, entry, expires, standing }) => ({
      ...{ source: source.name, priority: source.priority, standing },
      ...{ says: entry.allow ? 'known good' : 'malware', name: shownName(entry), size: entry.size ?? null },
      ...{ agent: entry.agent, since: time(entry.since), seen: time(entry.seen), expires: time(expires) },
    })),
  };
}

function asText({ verdict, override, words }: Lookup): string {
  const [first] = words;
  const because = {
    malicious: () => `${first ? printable(shownName(first.entry)) : ''}, says ${first?.source.name}`,
    allowed: () => `known good, says ${first?.source.name}`,
    overridden: () => printable(override?.reason ?? ''),
    unknown: () => (words.length > 0 ? 'all that was said of it is expired' : 'no source says anything of it'),
  }[verdict]();
  if (words.length === 0) return `${verdict}: ${because}\n`;
  const rows = words.map(({ source, entry, expires, standing }) => [
    ...[source.name, String(source.priority), entry.allow ? 'known good' : printable(shownName(entry))],
    ...[
      time(entry.since)?.slice(0, 10) ?? '',
      time(entry.seen)?.slice(0, 10) ?? '',
      time(expires)?.slice(0, 10) ?? 'never',
      standing,
    ],
  ]);
  return `${verdict}: ${because}\n${table(['source', 'priority', 'says', 'since', 'last said', 'expires', ''], rows)}`;
}
