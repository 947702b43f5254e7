import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { IncomingContent } from './incoming-content.ts';
import { MemoryBudget } from './memory-budget.ts';

const SUFFIX = '.spool';

export interface SpoolOptions {
  /** Folder for messages that do not fit in memory, e.g. `<state>/spool`; made (0700) when missing. */
  folder: string;
  /** Bytes that all messages in reception may hold in memory; default 256 MiB. */
  memoryBytesMax?: number;
  /** Opens a new file for reading and writing; the default makes it 0600 and unlinks it at once. */
  openFile?: (path: string) => Promise<FileHandle>;
}

/** Where messages are while they are received and scanned. */
export interface Spool {
  /** Starts a message. */
  begin(): IncomingContent;
  /** Bytes that messages hold in memory now. */
  memoryBytes(): number;
}

/** Opens the spool and removes what a crash left behind. Throws the file system's error when the folder cannot be used. */
export async function createSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, openFile = openUnlinked } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const leftovers = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
  await Promise.all(leftovers.map((name) => rm(join(folder, name), { force: true })));
  const freshPath = () => join(folder, `${randomUUID()}${SUFFIX}`);
  // An unwritable folder must show at start, not when the first large message comes.
  await (await openUnlinked(freshPath())).close();
  const budget = new MemoryBudget(options.memoryBytesMax ?? 256 * 1024 * 1024);
  return {
    begin: () => new IncomingContent(budget, () => openFile(freshPath())),
    memoryBytes: () => budget.used,
  };
}

async function openUnlinked(path: string): Promise<FileHandle> {
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
