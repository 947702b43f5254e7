import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CompactedRecord,
  type NewRecord,
  readCompacted,
  writeRecords,
} from '../adapters/kafka/compacted-topic.ts';
import { openSnapshot } from '../sps/data/snapshot.ts';
import { differences, type FeedDifference } from '../sps/feed/differences.ts';
import { createFeedTable, type FeedTable } from '../sps/feed/feed-table.ts';
import { readFeedRecord } from '../sps/feed/reputation-entry.ts';
import { kafkaClient } from './kafka.ts';
import type { ReputationTopic } from './reputation-feed.ts';

/** What is written where. */
export interface ExportOptions extends ReputationTopic {
  /** Of the server. */
  folder: string;
}

/** What was written. */
export interface Exported {
  /** Entries that the topic did not have, or had otherwise. */
  written: number;
  /** Entries that it had and the store has not. */
  takenBack: number;
}

const recordsPerRequest = 5000;

/**
 * Makes the topic say what the store says: what differs is written, and nothing else. Also works while the server runs.
 * @throws `StoreUnusable`; for Kafka see `kafkaTrouble`
 */
export async function exportReputation(options: ExportOptions): Promise<Exported> {
  const { access, topic, folder } = options;
  const own = mkdtempSync(join(folder, 'export-'));
  const table = createFeedTable(join(own, 'topic.db'));
  try {
    await readAll(options, table);
    const nowMs = Date.now();
    const snapshot = openSnapshot(folder, nowMs);
    const exported = { written: 0, takenBack: 0 };
    try {
      // What has expired in the topic counts for nobody, but is to go.
      const changes = differences(snapshot.smart(), table.entries(0));
      await writeRecords(await kafkaClient(access), topic, batches(counted(changes, exported)));
    } finally {
      snapshot.close();
    }
    return exported;
  } finally {
    table.close();
    rmSync(own, { recursive: true });
  }
}

async function readAll({ access, topic, groupPrefix }: ExportOptions, table: FeedTable): Promise<void> {
  const end = new AbortController();
  const groupId = `${groupPrefix}.reputation.${randomUUID().slice(0, 8)}`;
  const reader = {
    take(records: readonly CompactedRecord[]) {
      table.apply(records.map(readFeedRecord).filter((change) => change !== undefined));
    },
    caughtUp: () => end.abort(),
  };
  await readCompacted(await kafkaClient(access), { topic, groupId }, reader, end.signal);
}

function* counted(changes: Iterable<FeedDifference>, exported: Exported): Generator<NewRecord> {
  for (const change of changes) {
    if (change.value === null) exported.takenBack++;
    else exported.written++;
    yield change;
  }
}

function* batches(records: Iterable<NewRecord>): Generator<NewRecord[]> {
  let batch: NewRecord[] = [];
  for (const record of records) {
    batch.push(record);
    if (batch.length < recordsPerRequest) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
