import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Quarantine } from '../../actors/ports/mail.ts';
import { makeFolder, syncFolder, writeSynced } from '../files/durable-file.ts';
import { dayOf, isId } from './quarantine-entry.ts';

/**
 * Keeps whole messages as `<folder>/<yyyy-mm-dd>/<GUID>.eml` with their metadata in `<GUID>.json` (UTC day; files 0600, folders 0700).
 * The `.json` appears last: an entry exists when it does. `store` throws when the id is no GUID or is taken, and when the disk does not
 * do its part; then no entry exists.
 */
export function createQuarantine({ folder }: { folder: string }): Quarantine {
  return {
    async store(entry, content) {
      if (!isId(entry.id)) throw new Error(`quarantine: ${JSON.stringify(entry.id)} is not a GUID`);
      const dayFolder = join(folder, dayOf(entry.time));
      await makeFolder(dayFolder);
      const base = join(dayFolder, entry.id);
      const metadata = Buffer.from(`${JSON.stringify(entry, undefined, 2)}\n`);
      // `wx` on the message's own name is what tells that an id is taken.
      await writeSynced(`${base}.eml`, content);
      try {
        await writeSynced(`${base}.json.tmp`, [metadata]);
        await rename(`${base}.json.tmp`, `${base}.json`);
        await syncFolder(dayFolder);
      } catch (error) {
        // What cannot be removed either is no reason to hide the first error: the folder is then in trouble anyway.
        await Promise.allSettled(['.json', '.json.tmp', '.eml'].map((ending) => rm(base + ending, { force: true })));
        throw error;
      }
    },
  };
}
