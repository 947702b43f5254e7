import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type Algorithm, hashBytes } from './entry.ts';
import { createEntryFile, type EntryFileContent } from './entry-file.ts';

/** A file of entries that is written and durable, but not yet what counts. */
export interface WrittenFile extends EntryFileContent {
  file: string;
}

/** Beginning of the names of what this process makes: who finds it without use can tell whether its maker still lives. */
export function ownPrefix(): string {
  return `${hostMark()}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

function hostMark(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}

/** Writes sorted records; undefined when there are none. */
export function writeEntryFile(
  folder: string,
  algorithm: Algorithm,
  records: Iterable<Buffer>,
): WrittenFile | undefined {
  const file = `${ownPrefix()}.${algorithm}`;
  const path = join(folder, file);
  const writer = createEntryFile(`${path}.tmp`, hashBytes[algorithm]);
  try {
    for (const record of records) writer.write(record);
    const content = writer.finish();
    if (content.count === 0) {
      rmSync(`${path}.tmp`);
      return undefined;
    }
    renameSync(`${path}.tmp`, path);
    syncFolder(folder);
    return { file, ...content };
  } catch (error) {
    rmSync(`${path}.tmp`, { force: true });
    throw error;
  } finally {
    writer.close();
  }
}

/** Makes it the file of the source; undefined: it has none any more. Within a transaction. */
export function keepEntryFile(
  database: DatabaseSync,
  source: number,
  algorithm: Algorithm,
  written: WrittenFile | undefined,
): void {
  if (written === undefined) {
    database.prepare('DELETE FROM entry_files WHERE source = ? AND algorithm = ?').run(source, algorithm);
    return;
  }
  const { file, count, bytes, seen } = written;
  database
    .prepare('INSERT OR REPLACE INTO entry_files VALUES (?, ?, ?, ?, ?, ?)')
    .run(source, algorithm, file, count, bytes, JSON.stringify([...seen]));
}

/** Removes what nothing names any more, and what is left of imports that were killed. */
export function removeUnused(database: DatabaseSync, folder: string): void {
  const found = readdirSync(folder);
  // Named after the folder was read: what is newer than that list is not in it.
  const named = new Set(
    database
      .prepare('SELECT file FROM entry_files')
      .all()
      .map(({ file }) => file),
  );
  for (const name of found) {
    const [host, pid] = name.split('-');
    if (named.has(name)) continue;
    const isInUse = host === hostMark() ? isAlive(Number(pid)) : !isOld(join(folder, name));
    if (isInUse) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** What another machine has made may be in use for as long as an import may take. */
const oldMs = 86_400_000;

function isOld(path: string): boolean {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > oldMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
