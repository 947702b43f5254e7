/** The thread that takes reputation entries from Kafka into the store of the Smart Protection Server. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { readCompacted } from '../adapters/kafka/compacted-topic.ts';
import { type KafkaTrouble, kafkaReason, kafkaTrouble } from '../adapters/kafka/errors.ts';
import { createFeed } from '../sps/feed/feed.ts';
import { createFeedTable } from '../sps/feed/feed-table.ts';
import { importFeedInThread } from '../sps/feed/import-in-thread.ts';
import { kafkaClient } from './kafka.ts';
import type { FeedWorkerData, FromFeed } from './reputation-feed.ts';

/** Waits from attempt to attempt, doubling; a broker that refuses us is asked less, so that no account is locked. */
const waits = { usual: { firstMs: 200, mostMs: 30_000 }, refused: { firstMs: 5000, mostMs: 60_000 } };
/** After so long a reading, trouble is new trouble. */
const wellMs = 60_000;

const { access, topic, groupPrefix, folder } = workerData as FeedWorkerData;
const stop = new AbortController();
const tell = (message: FromFeed) => parentPort?.postMessage(message);
parentPort?.on('message', () => stop.abort());

let told: KafkaTrouble | undefined;
for (let attempt = 0; !stop.signal.aborted; attempt++) {
  const begunMs = performance.now();
  try {
    await readOnce();
  } catch (error) {
    if (stop.signal.aborted) break;
    const trouble = kafkaTrouble(error);
    const wasWell = performance.now() - begunMs > wellMs;
    if (wasWell) attempt = 0;
    if (wasWell || trouble !== told) tell({ kind: 'problem', text: sentence(trouble, error) });
    told = trouble;
  }
  const { firstMs, mostMs } = waits[told === 'refused' ? 'refused' : 'usual'];
  await wait(Math.min(firstMs * 2 ** attempt, mostMs), undefined, { signal: stop.signal }).catch(() => undefined);
}
parentPort?.close();

async function readOnce(): Promise<void> {
  const tableFile = join(folder, 'kafka-feed.db');
  const table = createFeedTable(tableFile);
  const feed = createFeed({
    table,
    async importNow() {
      tell({ kind: 'imported', entries: await importFeedInThread({ folder, tableFile, nowMs: Date.now() }) });
      told = undefined;
    },
    onBadRecords: (count) => tell({ kind: 'problem', text: `${count} records of ${topic} are no reputation entries` }),
    onProblem: (text) => tell({ kind: 'problem', text }),
    nowMs: Date.now,
  });
  try {
    const group = { topic, groupId: `${groupPrefix}.reputation.${randomUUID().slice(0, 8)}` };
    await readCompacted(await kafkaClient(access), group, feed, stop.signal);
  } finally {
    feed.close();
    table.close();
  }
}

function sentence(trouble: KafkaTrouble, error: unknown): string {
  const remedy = trouble === 'topic-missing' ? '; sekisho kafka init creates it' : '';
  return `reputation entries cannot be read from Kafka, which is tried again: ${kafkaReason(error)}${remedy}`;
}
