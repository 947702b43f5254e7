import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { NotificationOutbox, OutboxTransaction, Window } from '../../actors/ports/notification-outbox.ts';
import { openDelivery } from './delivery-row.ts';
import { openOutboxFile } from './outbox-file.ts';

export interface OutboxOptions {
  file: string;
  /** ms since 1970; what a new outbox begins with: nothing earlier is told. */
  sinceMs: number;
  onProblem: (problem: string) => void;
  /** Ids that are remembered, and deliveries that have ended: the newest. */
  takenMax?: number;
  endedMax?: number;
}

/** @throws {OutboxUnusable} */
export function openOutbox(options: OutboxOptions): NotificationOutbox {
  const { takenMax = 100_000, endedMax = 1000 } = options;
  const db = openOutboxFile(options.file, options.sinceMs, options.onProblem);
  const since = db.prepare('SELECT ms FROM since');
  const open = db.prepare("SELECT * FROM deliveries WHERE state = 'open' ORDER BY number");
  const change = db.prepare('UPDATE deliveries SET attempts = ?, changed_ms = ? WHERE number = ?');
  const waited = db.prepare('UPDATE deliveries SET waited_ms = ?, said = ?, changed_ms = ? WHERE number = ?');
  // What it told, and with it what came from a mail, is not needed any more.
  const ended = db.prepare(
    "UPDATE deliveries SET state = ?, said = ?, changed_ms = ?, notification = json_set(notification, '$.values', json('{}')) WHERE number = ?",
  );
  const forget = db.prepare(
    "DELETE FROM deliveries WHERE state <> 'open' AND number <= (SELECT number FROM deliveries WHERE state <> 'open' ORDER BY number DESC LIMIT 1 OFFSET ?)",
  );
  const transaction = transactionOn(db);
  const forgetTaken = prepareForgetting(db, takenMax);
  return {
    sinceMs: () => Number(since.get()?.ms),
    transact: (work) =>
      inTransaction(db, () => {
        const result = work(transaction);
        forgetTaken(Date.now());
        return result;
      }),
    open: () => open.all().map(openDelivery),
    begin: (number, attempts, nowMs) => void change.run(attempts, nowMs, number),
    wait: (number, waitedMs, said, nowMs) => void waited.run(waitedMs, said, nowMs, number),
    end: (number, end, said, nowMs) =>
      inTransaction(db, () => {
        ended.run(end, said, nowMs, number);
        forget.run(endedMax);
      }),
    close() {
      if (db.isOpen) db.close();
    },
  };
}

function transactionOn(db: DatabaseSync): OutboxTransaction {
  const take = db.prepare('INSERT OR IGNORE INTO taken (id, time_ms) VALUES (?, ?)');
  const window = db.prepare('SELECT * FROM windows WHERE key = ?');
  const notAt = db.prepare('SELECT * FROM windows WHERE ends_ms <= ? OR began_ms > ? ORDER BY began_ms');
  const put = db.prepare('INSERT OR REPLACE INTO windows VALUES (?, ?, ?, ?, ?)');
  const drop = db.prepare('DELETE FROM windows WHERE key = ?');
  const add = db.prepare(
    "INSERT INTO deliveries (notification, channel, target, refusal, state, attempts, waited_ms, added_ms, changed_ms) VALUES (?, ?, ?, ?, 'open', 0, 0, ?, ?)",
  );
  const count = db.prepare("SELECT count(*) AS count FROM deliveries WHERE state = 'open' AND refusal IS NULL");
  return {
    take: (id, timeMs) => Number(take.run(createHash('sha256').update(id).digest(), timeMs).changes) > 0,
    window(key) {
      const row = window.get(key);
      return row === undefined ? undefined : windowOf(row);
    },
    windowsNotAt: (ms) => notAt.all(ms, ms).map(windowOf),
    putWindow: ({ key, beganMs, endsMs, digest, ways }) =>
      void put.run(key, beganMs, endsMs, digest === undefined ? null : JSON.stringify(digest), JSON.stringify(ways)),
    dropWindow: (key) => void drop.run(key),
    add: ({ notification, channel, target, refusal }, nowMs) =>
      void add.run(JSON.stringify(notification), channel, target, refusal ?? null, nowMs, nowMs),
    openCount: () => Number(count.get()?.count),
  };
}

function windowOf(row: Record<string, unknown>): Window {
  return {
    key: String(row.key),
    beganMs: Number(row.began_ms),
    endsMs: Number(row.ends_ms),
    digest: row.digest === null ? undefined : JSON.parse(String(row.digest)),
    ways: JSON.parse(String(row.ways)),
  };
}

/**
 * Of the ids that were taken the newest are kept. What is as old as a forgotten one is not told any more, so that it cannot come twice;
 * a time in the future, of a clock that was wrong, must not silence what comes.
 */
function prepareForgetting(db: DatabaseSync, takenMax: number): (nowMs: number) => void {
  const range = db.prepare('SELECT max(number) AS last, min(number) AS first FROM taken');
  const newest = db.prepare('SELECT max(time_ms) AS ms FROM taken WHERE number <= ? AND time_ms <= ?');
  const raise = db.prepare('UPDATE since SET ms = max(ms, ?)');
  const forget = db.prepare('DELETE FROM taken WHERE number <= ?');
  return (nowMs) => {
    const { last, first } = range.get() ?? {};
    const upTo = Number(last) - takenMax;
    // A tenth more than is kept, so that this costs little.
    if (last === null || Number(first) > upTo - takenMax / 10) return;
    raise.run(Number(newest.get(upTo, nowMs)?.ms ?? 0) + 1);
    forget.run(upTo);
  };
}

function inTransaction<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
