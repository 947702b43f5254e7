import { parentPort } from 'node:worker_threads';
import { systemClock } from '../actors/ports/clock.ts';
import type { Publisher } from '../actors/ports/relay.ts';
import { startRelay, usualWaits } from '../actors/relay/relay.ts';
import { createTransitionRecorder } from '../adapters/inspection/transition-recorder.ts';
import { openTextReader } from '../adapters/journal/open-text-reader.ts';
import type { RelayTarget } from '../machines/relay.ts';
import { createHead } from './head.ts';
import type { FromRelay, RelayWorkerOptions, ToRelay } from './relay-protocol.ts';

/** What makes one relay another than the others. */
export interface RelayParts {
  to: RelayTarget;
  publisher: Publisher;
  /** Work that is left when the relay has stopped. */
  beforeEnd?: () => Promise<void>;
}

/** Tells the program of a problem: one line. */
export function tellProgram(message: string): void {
  tell({ kind: 'problem', message });
}

function tell(message: FromRelay): void {
  parentPort?.postMessage(message);
}

/**
 * Runs a relay in this worker thread: it reads the journal by a connection of its own, so that mail never waits for a receiver.
 * Rejects by an error that is none of the receiver's: it ends the thread, and who started it starts another.
 */
export async function runRelay(options: RelayWorkerOptions, parts: RelayParts): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('a relay runs in a worker thread');
  const reader = openTextReader(options.journalFolder);
  const head = createHead();
  const relay = startRelay({
    clock: systemClock,
    source: { read: (after) => reader.read(after), more: head.beyond },
    publisher: parts.publisher,
    confirm: (sequence) => tell({ kind: 'confirm', sequence }),
    inspect: createTransitionRecorder({
      source: options.source,
      idPrefix: options.idPrefix,
      now: Date.now,
      record: (lane, event) => tell({ kind: 'event', lane, event }),
      onProblem: (error) => tellProgram(String(error)),
    }),
    ...{ to: parts.to, position: options.position, crash: options.crash, waits: usualWaits },
  });
  port.on('message', async (message: ToRelay | 'stop') => {
    if (message !== 'stop') {
      head.rise(message);
      return;
    }
    await relay.stop();
    await parts.beforeEnd?.();
    reader.close();
    port.close();
  });
  await relay.ended();
}
