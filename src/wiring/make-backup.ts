import { randomUUID } from 'node:crypto';
import { copyFile, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archive } from '../adapters/backup/archive.ts';
import { filesIn, gather } from '../adapters/backup/gather.ts';
import { backupFormat, listed, type Manifest, manifestName } from '../adapters/backup/manifest.ts';
import { openJournalReader } from '../adapters/journal/open-journal-reader.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { isWholeCopy } from '../sps/data/whole-copy.ts';
import { type BackupPart, folderOf, settingsName } from './backup-parts.ts';

export interface MakeBackupOptions {
  settings: Settings;
  /** A file that ends in `.tar`, `.tar.gz` or `.tgz`; any other name is a folder. Must not exist. */
  target: string;
  parts: readonly BackupPart[];
  /** Of this program. */
  version: string;
  /** Told what is being done, and the share of it that is done, from 0 to 1. */
  onProgress: (what: string, share: number) => void;
  signal: AbortSignal;
}

/** An import that ends while files are copied takes some away. */
const triesMax = 5;

/**
 * Makes a consistent copy while the gateway runs: whole under the name of its target, or not at all.
 * @throws when there is no journal, the target exists, or a file cannot be read or written
 */
export async function makeBackup(options: MakeBackupOptions): Promise<Manifest> {
  const { target, signal } = options;
  await mustBeFree(target);
  const id = randomUUID().slice(0, 8);
  const staging = `${target}.partial-${id}`;
  await mkdir(staging, { mode: 0o700 });
  try {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('the backup was broken off; nothing is left of it')));
    });
    return await Promise.race([fill(options, staging), aborted]);
  } finally {
    await Promise.all([staging, `${staging}.tar`].map((path) => rm(path, { recursive: true, force: true })));
  }
}

async function mustBeFree(target: string): Promise<void> {
  const found = await lstat(target).catch(() => undefined);
  if (found !== undefined)
    throw Object.assign(new Error(`${target} exists: a backup is never written over another file`), { code: 'EEXIST' });
}

async function fill({ settings, target, parts, version, onProgress }: MakeBackupOptions, staging: string) {
  const isArchive = /\.(tar|tar\.gz|tgz)$/.test(target);
  for (const part of parts) {
    const gathering = { from: folderOf(part, settings), to: join(staging, part), mayLink: isArchive };
    const gatherPart = () => gather({ ...gathering, onProgress: (share) => onProgress(part, share) });
    await gatherPart();
    for (let tries = 1; part === 'sps' && !isWholeCopy(gathering.to); tries++) {
      if (tries === triesMax) throw new Error('imports into the Smart Protection Server go on all the time: try again');
      await rm(gathering.to, { recursive: true });
      await gatherPart();
    }
  }
  if (settings.file !== undefined) await copyFile(settings.file, join(staging, settingsName));
  const files: Manifest['files'] = [];
  const paths = await filesIn(staging);
  for (const path of paths) {
    files.push(await listed(staging, path));
    onProgress('hashes', files.length / paths.length);
  }
  const manifest: Manifest = {
    format: backupFormat,
    ...{ program: 'sekisho', version, made: new Date().toISOString(), gateway: settings.state.gateway_name },
    head: await headOf(join(staging, 'journal')),
    parts: [...parts, ...(settings.file === undefined ? [] : [settingsName])],
    files,
  };
  await writeFile(join(staging, manifestName), `${JSON.stringify(manifest, undefined, 1)}\n`, { mode: 0o600 });
  if (isArchive) {
    onProgress('archive', 0);
    await archive(staging, `${staging}.tar`, target.endsWith('z'));
    onProgress('archive', 1);
  }
  await rename(isArchive ? `${staging}.tar` : staging, target);
  return manifest;
}

/** @throws {JournalMissing | JournalDamaged | JournalNewer} */
async function headOf(folder: string): Promise<number> {
  const journal = await openJournalReader({ folder });
  const head = journal.head();
  await journal.close();
  return head;
}
