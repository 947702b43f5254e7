/** The thread that moves the write-ahead log into the file, on a connection of its own, without holding up commits. */

import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { journalFile } from './database.ts';

const port = parentPort;
if (port === null) throw new Error('this file is a worker thread');

port.on('message', () => {
  try {
    const db = new DatabaseSync(journalFile(workerData as string));
    try {
      db.exec('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(PASSIVE);');
    } finally {
      db.close();
    }
  } catch {
    // The log merely stays longer; the writer meets the same trouble and reports it.
  }
  port.postMessage('done');
});
