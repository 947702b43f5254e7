/** The thread of the relay: reads the journal by a connection of its own, so that mail never waits for Kafka. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../actors/ports/clock.ts';
import { startRelay, usualWaits } from '../actors/relay/relay.ts';
import { createTransitionRecorder } from '../adapters/inspection/transition-recorder.ts';
import { openTextReader } from '../adapters/journal/open-text-reader.ts';
import { createPublisher } from '../adapters/kafka/publisher.ts';
import { createHead } from './head.ts';
import { kafkaClient } from './kafka.ts';
import type { FromRelay, RelayWorkerOptions, ToRelay } from './relay-protocol.ts';

const options = workerData as RelayWorkerOptions;
const port = parentPort;
if (port === null) throw new Error('this file is a worker thread');
const tell = (message: FromRelay) => port.postMessage(message);

const reader = openTextReader(options.journalFolder);
const head = createHead();

const relay = startRelay({
  clock: systemClock,
  source: {
    read: (after) => reader.read(after),
    more: head.beyond,
  },
  publisher: createPublisher({
    connect: () => kafkaClient(options.access),
    topicPrefix: options.topicPrefix,
  }),
  confirm: (sequence) => tell({ kind: 'confirm', sequence }),
  inspect: createTransitionRecorder({
    source: options.source,
    idPrefix: options.idPrefix,
    now: Date.now,
    record: (lane, event) => tell({ kind: 'event', lane, event }),
    onProblem: (error) => tell({ kind: 'problem', message: String(error) }),
  }),
  to: 'kafka',
  position: options.position,
  crash: options.crash,
  waits: usualWaits,
});

port.on('message', async (message: ToRelay | 'stop') => {
  if (message !== 'stop') {
    head.rise(message);
    return;
  }
  await relay.stop();
  reader.close();
  port.close();
});

// An error that is none of Kafka's ends the thread; who started it starts another.
await relay.ended();
