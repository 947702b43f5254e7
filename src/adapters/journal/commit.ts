import type { DatabaseSync } from 'node:sqlite';
import type { JournalState } from '../../actors/ports/journal.ts';
import { headOf, openForWriting } from './database.ts';
import { Erasing } from './erasing.ts';
import { createFreeSpaceCheck } from './free-space.ts';
import type { Chunk, CommitReply, CommitRequest, WriterOptions } from './protocol.ts';
import { Retention } from './retention.ts';

/** The writing connection. Any error it throws leaves it unusable: close it and open another. */
export interface Committer {
  commit(request: CommitRequest): CommitReply;
  /** What takes personal data out of what is written. */
  erasing: Erasing;
  /** Moves what is left of the write-ahead log into the file, as far as readers allow; does not wait for them. */
  checkpoint(): void;
  close(): void;
}

/** Opens the journal for writing; errors as in `openForWriting`. */
export function openCommitter(options: WriterOptions): Committer {
  const db = openForWriting(options.folder);
  const retention = new Retention(db, options);
  const hasRoom = createFreeSpaceCheck(options.folder, options.freeBytesMin);
  const write = prepareWrites(db);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const end = db.prepare('COMMIT');
  const passive = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  // After a failed fsync the log's last commit may be in memory only, yet look written. Copying it into the file now
  // makes it durable before anything is answered from it.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  let head = headOf(db);

  const stateNow = (): JournalState => (!hasRoom() ? 'disk-full' : retention.isFull() ? 'full' : 'open');

  return {
    erasing: new Erasing(db, () => head),
    commit(request) {
      const last = request.first + request.count - 1;
      const hasNews = request.count > 0 && last > head;
      if (hasNews && request.first !== head + 1) {
        throw new Error(`event ${request.first} cannot follow ${head}: the file was changed from outside`);
      }
      const nowMs = Date.now();
      if (hasNews || request.readers.length > 0 || retention.isDue(nowMs)) {
        begin.run();
        for (const [name, sequence] of request.readers) write.reader(name, sequence);
        retention.pass(nowMs);
        const isWritten = hasNews && stateNow() === 'open';
        if (isWritten) write.events(request, nowMs);
        end.run();
        if (isWritten) head = last;
      }
      const state = stateNow();
      return { head, state, isCommitted: true, ...(state !== 'open' && { cause: CAUSES[state] }) };
    },
    checkpoint: () => void passive.get(),
    close: () => db.close(),
  };
}

const CAUSES: Record<Exclude<JournalState, 'open'>, string> = {
  full: 'it has its greatest size, and no more events may be deleted',
  'disk-full': 'the file system has less free space than is to be kept',
  failed: 'it cannot be written',
};

function prepareWrites(db: DatabaseSync) {
  const batch = db.prepare('INSERT INTO batches (first, count, time_ms, body) VALUES (?, ?, ?, ?)');
  const mark = db.prepare('INSERT OR REPLACE INTO latest (lane, subject, sequence) VALUES (?, ?, ?)');
  const confirm = db.prepare(
    'INSERT INTO readers (name, sequence) VALUES (?, ?) ON CONFLICT DO UPDATE SET sequence = max(sequence, excluded.sequence)',
  );
  const forget = db.prepare('DELETE FROM readers WHERE name = ?');
  return {
    reader(name: string, sequence: number | null): void {
      if (sequence === null) forget.run(name);
      else confirm.run(name, sequence);
    },
    events({ first, chunks, marks }: CommitRequest, nowMs: number): void {
      for (const chunk of chunks) batch.run(first + chunk.offset, chunk.count, timeMs(chunk, nowMs), chunk.body);
      for (const { lane, subject, offset } of marks) mark.run(lane, subject, first + offset);
    },
  };
}

function timeMs(chunk: Chunk, nowMs: number): number {
  const parsed = Date.parse(chunk.time);
  return Number.isNaN(parsed) ? nowMs : parsed;
}
