import type { DatabaseSync } from 'node:sqlite';
import { type Algorithm, algorithmOf, algorithms, type Entry, encodeEntry, hashBytes } from './entry.ts';
import { keepEntryFile, writeEntryFile } from './entry-folder.ts';
import type { NewSignature } from './new-signature.ts';

/** What an import says of signatures: entries of now. */
export function entriesOf(signatures: readonly NewSignature[]): Entry[] {
  const now = Math.floor(Date.now() / 1000);
  return signatures
    .map(({ allow = false, ...signature }) => ({ ...signature, allow, since: now, seen: now }))
    .sort((a, b) => a.hash.compare(b.hash));
}

/** What a new store begins with, as its first source and change. Within a transaction. */
export function firstEntries(database: DatabaseSync, entriesFolder: string, entries: readonly Entry[]): void {
  putAll(database, entriesFolder, 1, (algorithm) => entries.filter(({ hash }) => algorithmOf(hash) === algorithm));
  database.prepare("INSERT INTO changes VALUES (1, ?, 'starter set')").run(new Date().toISOString());
}

/**
 * Brings what was before there were sources into them: what was imported becomes the source `local`. Numbers of changes go on.
 * Within a transaction.
 */
export function oldEntries(database: DatabaseSync, entriesFolder: string, first: readonly Entry[]): void {
  putAll(database, entriesFolder, 1, (algorithm) => first.filter(({ hash }) => algorithmOf(hash) === algorithm));
  database.exec(`
    INSERT INTO sources VALUES (2, 'local', 'malware', 50, NULL, 0, unixepoch(), unixepoch(), '');
    INSERT INTO changes SELECT version, time, 'import of ' || file FROM imports;
    INSERT INTO changes SELECT ifnull(max(number), 0) + 1, strftime('%FT%TZ'), 'store of version 0.5' FROM changes;
  `);
  const isFirst = new Set(first.map(({ hash }) => hash.toString('hex')));
  const rows = database.prepare(`
    SELECT hash, size, name, signatures.agent, ifnull(unixepoch(time), unixepoch()) AS time
    FROM signatures LEFT JOIN imports ON version = signatures.since
    WHERE length(hash) = ? ORDER BY hash`);
  putAll(database, entriesFolder, 2, function* (algorithm) {
    for (const row of rows.iterate(hashBytes[algorithm])) {
      const hash = Buffer.from(row.hash as Uint8Array);
      if (isFirst.has(hash.toString('hex'))) continue;
      const [name, size, time] = [String(row.name), row.size, Number(row.time)];
      const entry = { hash, name, agent: row.agent !== null, allow: false, since: time, seen: time };
      yield size === null ? entry : { ...entry, size: Number(size) };
    }
  });
  database.exec('DROP TABLE signatures; DROP TABLE imports;');
}

function putAll(
  database: DatabaseSync,
  entriesFolder: string,
  source: number,
  entries: (algorithm: Algorithm) => Iterable<Entry>,
): void {
  for (const algorithm of algorithms) {
    const records = function* () {
      for (const entry of entries(algorithm)) yield encodeEntry(entry);
    };
    keepEntryFile(database, source, algorithm, writeEntryFile(entriesFolder, algorithm, records()));
  }
}
