import { readFile, rm } from 'node:fs/promises';
import { replaceFile, writeSynced } from '../files/durable-file.ts';
import type { Place } from './places.ts';
import { QuarantineProblem } from './problem.ts';
import type { StoredEntry } from './quarantine-entry.ts';

/** A release that has begun: nobody else can begin one until it has ended, also after a crash. */
export interface Release {
  /** As it was when the release began. */
  entry: StoredEntry;
  content: Buffer;
  /** Notes who has it now: paths. Is called after each delivery. */
  delivered(recipients: readonly string[]): Promise<void>;
  /** @param isSure false: somebody may have it without our knowing, so that the next release has to be asked for twice */
  end(isSure: boolean): Promise<void>;
}

/** Who has a message that was released. Versions before 0.3.0 released to all recipients, and did not note whom. */
export function releasedTo(entry: StoredEntry): readonly string[] {
  if (entry.releasedTo !== undefined) return entry.releasedTo;
  return entry.releasedAt === undefined ? [] : entry.recipients.map(({ path }) => path);
}

/**
 * Begins a release.
 * @param isAgain also when another one has not ended
 * @throws {QuarantineProblem} `busy` when one runs, or has been cut short
 */
export async function beginRelease(place: Place, found: StoredEntry, isAgain: boolean): Promise<Release> {
  const claim = `${place.base}.releasing`;
  if (isAgain) await rm(claim, { force: true });
  const now = new Date().toISOString();
  await writeSynced(claim, [Buffer.from(`${now}\n`)]).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    const begun = (await readFile(claim, 'utf8').catch(() => '')).trim();
    throw new QuarantineProblem(
      'busy',
      `${place.id}: a release that began at ${begun} has not ended, and may have delivered it; if it does not run any more: --again`,
    );
  });
  let entry = found;
  return {
    entry,
    content: await readFile(`${place.base}.eml`),
    async delivered(recipients) {
      const to = [...new Set([...releasedTo(entry), ...recipients])];
      entry = { ...entry, releasedAt: new Date().toISOString(), releasedTo: to };
      const metadata = Buffer.from(`${JSON.stringify(entry, undefined, 2)}\n`);
      await rm(`${place.base}.json.tmp`, { force: true });
      await replaceFile(`${place.base}.json`, `${place.base}.json.tmp`, [metadata]);
    },
    async end(isSure) {
      if (isSure) await rm(claim, { force: true });
    },
  };
}
