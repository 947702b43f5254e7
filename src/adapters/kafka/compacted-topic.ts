import kafkajs, { type Consumer, type EachBatchPayload, type Kafka, type KafkaMessage } from 'kafkajs';
import { groupConsumer } from './group-consumer.ts';
import { streamName } from './stream-name.ts';
import { fetchWatermarks } from './watermarks.ts';

/** A record of a compacted topic. */
export interface CompactedRecord {
  key: string | undefined;
  /** Undefined: a tombstone. */
  value: string | undefined;
  /** Ms since 1970. */
  timeMs: number;
}

/** Who reads a compacted topic. */
export interface CompactedReader {
  /** The next records of a partition, in order; more come when it is done. */
  take(records: readonly CompactedRecord[]): void;
  /** Everything that was there at the beginning has come. Told once. */
  caughtUp(): void;
}

/** The group has one member: nobody waits for what it leaves behind. */
const sessionMs = 60_000;
/** Records handed over at once, at most. */
const recordsMax = 5000;
/** So many answers without a record, one after the other: there is nothing more. The last offsets may be of what compaction has left out. */
const emptyFetchesMax = 5;

/**
 * Reads a compacted topic from its beginning, by a group of its own that commits nothing, until the signal aborts or something
 * fails. From the beginning every time: who was away for longer than tombstones are kept would not hear what was taken back.
 * @throws see `kafkaTrouble`
 */
export async function readCompacted(
  kafka: Kafka,
  { topic, groupId }: { topic: string; groupId: string },
  reader: CompactedReader,
  signal: AbortSignal,
): Promise<void> {
  const waiting = await unread(kafka, topic);
  const end = Promise.withResolvers<void>();
  // It may fail while the group is still being joined, when nobody listens yet.
  end.promise.catch(() => {});
  let isCaughtUp = false;
  const settle = () => {
    if (isCaughtUp || waiting.size > 0) return;
    isCaughtUp = true;
    reader.caughtUp();
  };
  const consumer = groupConsumer(kafka, {
    groupId,
    sessionMs,
    isEnding: () => signal.aborted,
    onFailure: (error) => end.reject(error),
  });
  noticeEmptyFetches(consumer, () => {
    waiting.clear();
    settle();
  });
  const stop = () => end.resolve();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      eachBatch: async (payload) => {
        try {
          await handBatch(payload, reader, signal);
        } catch (error) {
          end.reject(error);
          return;
        }
        const stream = streamName(topic, payload.batch.partition);
        if (Number(payload.batch.lastOffset()) + 1 >= (waiting.get(stream) ?? 0)) waiting.delete(stream);
        settle();
      },
    });
    settle();
    await end.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    await consumer.disconnect().catch(() => undefined);
  }
}

/** Partitions with records, and the offset of the next one. */
async function unread(kafka: Kafka, topic: string): Promise<Map<string, number>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const marks = await fetchWatermarks(admin, [topic]);
    return new Map([...marks].filter(([, { low, high }]) => high > low).map(([stream, { high }]) => [stream, high]));
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** Tells that every broker has answered several times, one after the other, without a record from any. */
function noticeEmptyFetches(consumer: Consumer, onNothing: () => void): void {
  const empty = new Map<unknown, number>();
  const { FETCH_START, FETCH, START_BATCH_PROCESS } = consumer.events;
  consumer.on(FETCH_START, ({ payload: { nodeId } }) => empty.set(nodeId, empty.get(nodeId) ?? 0));
  consumer.on(START_BATCH_PROCESS, () => {
    for (const nodeId of empty.keys()) empty.set(nodeId, 0);
  });
  consumer.on(FETCH, ({ payload: { nodeId } }) => {
    empty.set(nodeId, (empty.get(nodeId) ?? 0) + 1);
    if ([...empty.values()].every((count) => count >= emptyFetchesMax)) onNothing();
  });
}

async function handBatch(
  { batch, heartbeat, isRunning, isStale }: EachBatchPayload,
  reader: CompactedReader,
  signal: AbortSignal,
) {
  for (let from = 0; from < batch.messages.length; from += recordsMax) {
    if (signal.aborted || !isRunning() || isStale()) return;
    reader.take(batch.messages.slice(from, from + recordsMax).map(recordOf));
    await heartbeat();
  }
}

function recordOf({ key, value, timestamp }: KafkaMessage): CompactedRecord {
  return { key: key?.toString(), value: value?.toString(), timeMs: Number(timestamp) };
}

/** A record on its way. */
export interface NewRecord {
  key: string;
  /** Null: a tombstone. */
  value: string | null;
}

/** Writes records, in order, each batch acknowledged by all replicas in sync before the next. @throws see `kafkaTrouble` */
export async function writeRecords(
  kafka: Kafka,
  topic: string,
  batches: Iterable<readonly NewRecord[]>,
): Promise<void> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  try {
    await producer.connect();
    for (const batch of batches)
      await producer.send({
        topic,
        acks: -1,
        compression: kafkajs.CompressionTypes.GZIP,
        messages: batch.map(({ key, value }) => ({ key, value })),
      });
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}
