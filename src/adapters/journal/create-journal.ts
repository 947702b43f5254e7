import type { DatabaseSync } from 'node:sqlite';
import type { Journal } from '../../actors/ports/journal.ts';
import { headOf, makeFolder, openForReading, openForWriting } from './database.ts';
import type { FileLock } from './file-lock.ts';
import { GroupCommit, type GroupCommitOptions, type JournalProblem } from './group-commit.ts';
import { lockFolder } from './lock.ts';
import { Reading } from './reading.ts';

/** How to open the embedded journal. */
export interface JournalOptions {
  /** Made when it is not there. */
  folder: string;
  /** Size (bytes) that the file never passes by more than one commit, 1 MiB or more; default 10 GiB. The write-ahead log comes on top, usually 16 MiB. */
  bytesMax?: number;
  /** Age from which events are deleted, 0 or more; default 30. */
  daysMax?: number;
  /** Free space (bytes) on the file system that is left to others; default 256 MiB. */
  freeBytesMin?: number;
  /** How long an event that nobody waits for may stay in memory, 0 or more; default 20. */
  lazyFlushMs?: number;
  /** Least time from one commit to the next while several callers wait at once; one caller alone never waits; default 1. */
  gatherMs?: number;
  /** Memory (bytes) for events while the journal takes none; what comes beyond it is lost, and told; default 64 MiB. */
  backlogBytesMax?: number;
  /** Time after which a commit without an answer makes the journal `failed`; default 5000. */
  commitMsMax?: number;
  /** How often a journal that is not open is tried again; default 1000. */
  retryMs?: number;
  /** Told when the journal stops taking events (with the cause), loses some, or its thread crashes. Must not throw. */
  onProblem?(problem: JournalProblem): void;
}

const DEFAULTS = {
  bytesMax: 10 * 1024 ** 3,
  daysMax: 30,
  freeBytesMin: 256 * 1024 ** 2,
  lazyFlushMs: 20,
  gatherMs: 1,
  backlogBytesMax: 64 * 1024 ** 2,
  commitMsMax: 5_000,
  retryMs: 1_000,
  onProblem: () => {},
};

const BYTES_MAX_MIN = 1024 ** 2;

/**
 * Opens the journal of a folder for writing.
 * Events that retention deleted are no longer in `latest()` either: it is always the newest of what is kept.
 * `read` and `follow` with an `after` other than 0 throw `JournalGap` when retention has deleted the next event.
 * `confirm` never moves a reader back; `forget` first for that.
 * @throws {RangeError} for an option out of range, {JournalLocked} when another process writes there,
 *   {JournalDamaged}, {JournalNewer}, {JournalFolderUnusable} (also for a disk without space for the first page).
 */
export async function createJournal(options: JournalOptions): Promise<Journal> {
  const all = { ...DEFAULTS, ...options };
  check(all);
  makeFolder(all.folder);
  const lock = lockFolder(all.folder);
  try {
    // Opened here first: a damaged file is an error of this call, not of a thread later.
    openForWriting(all.folder).close();
    return await assemble(all, openForReading(all.folder), lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function assemble(options: GroupCommitOptions, db: DatabaseSync, lock: FileLock): Promise<Journal> {
  const commits = new GroupCommit(options, headOf(db));
  await commits.start();
  const reading = new Reading(db, (position, signal) => waitForCommit(commits, position, signal));
  let closed: Promise<void> | undefined;
  return {
    append: (lane, event) => commits.append(lane, event),
    durable: () => commits.durable(),
    state: () => commits.state,
    onState: (listener) => commits.onState(listener),
    head: () => commits.head,
    onHead(listener) {
      let told = commits.head;
      commits.onReply(() => {
        if (commits.head === told) return;
        told = commits.head;
        listener();
      });
    },
    read: (range) => reading.read(range),
    follow: (range) => reading.follow(range),
    latest: (lane) => reading.latest(lane),
    readers: () => reading.readers(),
    async confirm(reader, sequence) {
      // A reader may have seen a commit in the file before its answer has come to this thread.
      const isKnown = sequence <= commits.head || sequence <= reading.head();
      if (!Number.isSafeInteger(sequence) || sequence < 0 || !isKnown) {
        throw new RangeError(`reader ${reader} cannot have handled ${sequence}: the last event is ${commits.head}`);
      }
      await commits.changeReader(reader, sequence);
    },
    forget: (reader) => commits.changeReader(reader, null),
    erase: (id, what) => commits.erase({ id, what }),
    close() {
      closed ??= end(commits, reading, lock);
      return closed;
    },
  };
}

async function end(commits: GroupCommit, reading: Reading, lock: FileLock): Promise<void> {
  await commits.drain();
  // Before the writer: the last connection that closes tidies the log away, and a reading one may not.
  reading.close();
  await commits.close();
  lock.release();
}

function waitForCommit(commits: GroupCommit, position: number, signal: AbortSignal): Promise<void> {
  if (commits.head > position || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      off();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const off = commits.onReply(done);
    signal.addEventListener('abort', done);
  });
}

function check(options: GroupCommitOptions): void {
  const least = {
    bytesMax: BYTES_MAX_MIN,
    daysMax: 0,
    freeBytesMin: 0,
    lazyFlushMs: 0,
    gatherMs: 0,
    backlogBytesMax: 1,
    commitMsMax: 1,
    retryMs: 1,
  };
  for (const [name, min] of Object.entries(least)) {
    const value = options[name as keyof typeof least];
    if (!(value >= min)) throw new RangeError(`journal option ${name} must be ${min} or more, not ${value}`);
  }
}
