import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { entriesFolderOf, storeFile } from './store.ts';

/**
 * Whether a copy of an SPS folder has every file of entries that its database names: one that was made while an import ended may not. A
 * folder without a store is whole. Reads only. Throws what SQLite throws.
 */
export function isWholeCopy(folder: string): boolean {
  const file = storeFile(folder);
  if (!existsSync(file)) return true;
  const url = pathToFileURL(file);
  // Nobody writes to it: so nothing is made beside it.
  url.searchParams.set('immutable', '1');
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    const isOfNow = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'entry_files'").get() !== undefined;
    const named = isOfNow ? database.prepare('SELECT file FROM entry_files').all() : [];
    return named.every((row) => existsSync(join(entriesFolderOf(folder), String(row.file))));
  } finally {
    database.close();
  }
}
