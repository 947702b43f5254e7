/**
 * Alerts from the log in Kafka: one JSON object a line for every event that an administrator must see. An example to start from.
 *
 *     SEKISHO_KAFKA_BROKERS=127.0.0.1:9092 node kafka/consumers/alerts.mjs [group]
 *
 * The group remembers how far it has read: a second start goes on from there, and two with one group share the work.
 */
import kafkajs from 'kafkajs';

const { SEKISHO_KAFKA_BROKERS: brokers = '127.0.0.1:9092', SEKISHO_KAFKA_TOPIC_PREFIX: prefix = 'sekisho' } =
  process.env;
const [groupId = 'example.alerts'] = process.argv.slice(2);

const kafka = new kafkajs.Kafka({ clientId: groupId, brokers: brokers.split(','), logLevel: kafkajs.logLevel.WARN });
// With the usual 5 s, joining and leaving the group waits as long for a fetch that is under way.
const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 });

/** An event comes twice now and then, with the same id. So many are remembered. */
const idsMax = 10_000;
const seen = new Set();

function isNew(id) {
  if (seen.has(id)) return false;
  seen.add(id);
  if (seen.size > idsMax) seen.delete(seen.values().next().value);
  return true;
}

function handle(text, place) {
  let event;
  try {
    event = JSON.parse(text);
  } catch {
    // Thrown on, it would come again and again, and nothing behind it ever.
    process.stderr.write(`${place}: no JSON\n`);
    return;
  }
  if (event?.severitytext !== 'ERROR' || !isNew(event.id)) return;
  const { time, type, subject, source, id, data } = event;
  // JSON, as names out of mails are in it: they must not reach the terminal as they are.
  process.stdout.write(`${JSON.stringify({ time, type, subject, source, id, state: data?.state })}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void consumer.disconnect());

await consumer.connect();
// Without `fromBeginning`, a group whose place has been deleted goes on at the end, without a word.
await consumer.subscribe({
  topics: ['servers', 'system', 'commands'].map((name) => `${prefix}.${name}.v1`),
  fromBeginning: true,
});
await consumer.run({
  eachMessage: async ({ topic, partition, message }) =>
    handle(String(message.value), `${topic}/${partition}@${message.offset}`),
});
