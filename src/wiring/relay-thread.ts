import { randomUUID } from 'node:crypto';
import type { Journal } from '../actors/ports/journal.ts';
import type { Envelope, Lane } from '../events/envelope.ts';
import { idPrefixOf } from '../events/event-id.ts';
import type { TransitionData } from '../machines/replay.ts';
import { KeptThread } from './kept-thread.ts';
import type { FromRelay, RelayWorkerOptions, ToRelay } from './relay-protocol.ts';
import type { TellProblem } from './tell-problem.ts';

/** Most often that a busy journal wakes a relay, and so the least time that a batch may gather. */
const noticeMs = 20;
/** A receiver that hangs is not waited for when the program ends: with the drain before it, 10 s must be enough. */
const stopMsMax = 1_000;

export interface RelayThreadOptions {
  /** Of the thread, in messages for people. */
  name: string;
  file: URL;
  journal: Journal;
  journalFolder: string;
  /** CloudEvents source of the relay's own events. */
  source: string;
  /** Takes the relay's own events. */
  record: (lane: Lane, event: Envelope<TransitionData>) => void;
  onProblem: TellProblem;
  /** Where the relay begins. */
  position: number;
  /** The receiver has everything up to here. */
  onConfirmed: (position: number) => void;
  /** What its thread is started with besides. */
  more: object;
}

/** A relay that runs. */
export interface RunningRelay {
  /** Ends it within about a second; what the receiver has is confirmed. */
  stop(): Promise<void>;
}

/** Runs a relay in a thread of its own, which is started again when it breaks down. */
export function startRelayThread(options: RelayThreadOptions): RunningRelay {
  const { name, file, journal, journalFolder, source, record, onProblem, onConfirmed, more } = options;
  let { position } = options;
  const thread = new KeptThread<ToRelay, FromRelay>({
    ...{ file, name, stopMsMax },
    workerData: (crash): RelayWorkerOptions => ({
      ...{ ...more, journalFolder, source, idPrefix: idPrefixOf(randomUUID()), position, crash },
    }),
    greeting: () => journal.head(),
    onMessage(message) {
      if (message.kind === 'event') record(message.lane, message.event);
      else if (message.kind === 'problem') onProblem(name, message.message);
      else {
        position = message.sequence;
        onConfirmed(position);
      }
    },
    onBreakdown: (cause) => onProblem(`the ${name} broke down and is started again`, cause),
  });
  let notice: NodeJS.Timeout | undefined;
  journal.onHead(() => {
    notice ??= setTimeout(() => {
      notice = undefined;
      thread.send(journal.head());
    }, noticeMs);
  });
  return {
    async stop() {
      clearTimeout(notice);
      await thread.stop();
    },
  };
}
