import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unpack } from '../adapters/backup/archive.ts';
import { type Manifest, readManifest } from '../adapters/backup/manifest.ts';
import { giveAll, isThere, type Placing, putInPlace } from '../adapters/backup/put-in-place.ts';
import { BackupRefused } from '../adapters/backup/refused.ts';
import { verify } from '../adapters/backup/verify.ts';
import type { FileLock } from '../adapters/journal/file-lock.ts';
import { lockFolder } from '../adapters/journal/lock.ts';
import { openJournalReader } from '../adapters/journal/open-journal-reader.ts';
import { tryRunnerLock } from '../adapters/projection-store/runner-lock.ts';
import { projectionsFolder } from '../adapters/projection-store/view-file.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { type BackupPart, backupParts, folderOf, settingsName } from './backup-parts.ts';

export interface RestoreOptions {
  settings: Settings;
  /** The backup: a file or a folder. */
  from: string;
  /** Whether what is there may go aside. */
  force: boolean;
  /** Of this program. */
  version: string;
  onProgress: (what: string, share: number) => void;
}

/** A backup that was verified and waits beside its place. */
export interface VerifiedBackup {
  manifest: Manifest;
  /** Puts it in place. @returns where that is which was there */
  restore(): Promise<string[]>;
  /** Removes what is left of it; to be called in the end in any case. */
  discard(): Promise<void>;
}

/** There is something already, and nobody said that it may go aside. */
export class StateInUse extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StateInUse';
  }
}

/**
 * Unpacks and verifies a backup beside the place where it goes. While it is held no gateway can start there.
 * @throws {BackupRefused} when it is damaged, no backup, or of a newer program
 * @throws {JournalLocked | StateInUse} when a gateway runs there, or something is there and `force` is not given
 */
export async function verifyBackup(options: RestoreOptions): Promise<VerifiedBackup> {
  const { settings, from, force, version, onProgress } = options;
  const isFolder = (await stat(from)).isDirectory();
  const folder = settings.state.folder;
  const wasThere = existsSync(folder);
  const release = lockAll(folder);
  const staging = join(folder, `.restoring-${randomUUID().slice(0, 8)}`);
  const discard = async () => {
    await rm(staging, { recursive: true, force: true });
    release();
    if (!wasThere && !(await isThere(folder))) await rm(folder, { recursive: true, force: true });
  };
  try {
    if (!force) await mustBeEmpty(settings, ['journal']);
    await mkdir(staging, { recursive: true, mode: 0o700 });
    onProgress('unpacking', 0);
    if (isFolder) await cp(from, staging, { recursive: true });
    else unpack(from, staging);
    onProgress('unpacking', 1);
    const manifest = await readManifest(staging, version);
    if (!force) await mustBeEmpty(settings, partsOf(manifest));
    await verify(staging, manifest, (share) => onProgress('verifying', share));
    await checkJournal(join(staging, 'journal'), manifest);
    return { manifest, restore: () => place(settings, staging, manifest), discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** @throws {JournalLocked | StateInUse} */
function lockAll(folder: string): () => void {
  const locks: FileLock[] = [];
  const release = () => {
    for (const lock of locks) lock.release();
  };
  try {
    const journal = join(folder, 'journal');
    if (existsSync(journal)) locks.push(lockFolder(journal));
    const views = projectionsFolder(folder);
    if (!existsSync(views)) return release;
    const runner = tryRunnerLock(views);
    if (runner === undefined) throw new StateInUse(`another process keeps the views in ${views} up to date: stop it`);
    locks.push(runner);
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

async function mustBeEmpty(settings: Settings, parts: readonly BackupPart[]): Promise<void> {
  for (const part of parts) {
    const folder = folderOf(part, settings);
    if (await isThere(folder))
      throw new StateInUse(`${folder} is not empty: nothing was changed. --force moves what is there aside`);
  }
}

async function checkJournal(folder: string, { head }: Manifest): Promise<void> {
  try {
    const journal = await openJournalReader({ folder });
    const found = journal.head();
    await journal.close();
    if (found !== head) throw new Error(`its newest event is ${found}, not ${head}`);
  } catch (error) {
    throw new BackupRefused(`its journal cannot be used: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

async function place(settings: Settings, staging: string, manifest: Manifest): Promise<string[]> {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const aside = (path: string) => `${path}.before-${stamp}`;
  const views = projectionsFolder(settings.state.folder);
  const placings: Placing[] = [
    ...partsOf(manifest).map((part) => {
      const to = folderOf(part, settings);
      return { from: join(staging, part), to, aside: aside(to) };
    }),
    // They were made of another log.
    { to: views, aside: aside(views) },
  ];
  if (manifest.parts.includes(settingsName)) {
    const to = join(settings.state.folder, `${settingsName}.of-${manifest.made.slice(0, 10)}`);
    placings.push({ from: join(staging, settingsName), to, aside: aside(to) });
  }
  // An archive has no folders without files.
  for (const part of partsOf(manifest)) await mkdir(join(staging, part), { recursive: true, mode: 0o700 });
  await chmod(join(staging, 'journal'), 0o750);
  if (process.getuid?.() === 0) await giveToOwner(settings.state.folder, staging);
  await putInPlace(placings);
  return placings.map((each) => each.aside).filter((path) => existsSync(path));
}

function partsOf({ parts }: Manifest): BackupPart[] {
  return backupParts.filter((part) => parts.includes(part));
}

/** Root restores for whoever owns the state folder, or the folder that it was just made in. */
async function giveToOwner(folder: string, staging: string): Promise<void> {
  const { uid } = await stat(folder);
  const owner = await stat(uid === 0 ? dirname(folder) : folder);
  await giveAll(staging, owner);
  await chown(folder, owner.uid, owner.gid);
}
