import { createActor, type InspectionEvent } from 'xstate';
import { type ProjectionEvent, type ProjectionInput, projectionMachine } from '../../machines/projection.ts';
import type { Parked, ViewStore } from '../ports/view-store.ts';
import { type Listener, type ProjectionParts, readIntoView } from './read-into-view.ts';

export interface ProjectionActorOptions extends Pick<ProjectionInput, 'retryMs' | 'retryMsMax'> {
  parts: Omit<ProjectionParts, 'store'>;
  /** Opens the store for one reading; it is closed after it. What it throws is trouble like any other. */
  openStore: () => ViewStore;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
}

/** A projection that is kept up to date. */
export interface RunningProjection {
  /** Resolves when the transaction in hand is over and nothing is read any more. */
  stop(): Promise<void>;
}

/** Starts a projection: it reads until it is stopped, and again after trouble. */
export function startProjection({ parts, openStore, inspect, ...times }: ProjectionActorOptions): RunningProjection {
  const abort = new AbortController();
  let reading = Promise.resolve();
  const send = (event: ProjectionEvent) => {
    if (actor.getSnapshot().status === 'active') actor.send(event);
  };
  const listener: Listener = {
    onCaughtUp: () => send({ type: 'CAUGHT_UP' }),
    onParked(parked) {
      const { told, first } = worthTelling(parked);
      if (first === undefined) return;
      const { stream, offset, reason } = first;
      send({ type: 'PARKED', stream, offset, reason, count: told });
    },
    onLost: (stream, lost) => send({ type: 'LOST', stream, ...lost }),
  };
  const readOnce = async () => {
    const store = openStore();
    const end = new AbortController();
    const signal = AbortSignal.any([abort.signal, end.signal]);
    let isTaken = false;
    const taken = store.taken(signal).then(() => {
      isTaken = !signal.aborted;
      end.abort();
    });
    try {
      await readIntoView({ ...parts, store }, { signal }, listener);
      if (isTaken) throw new Error('the store was deleted, or put aside as damaged; it is built anew from the log');
    } finally {
      end.abort();
      await taken;
      store.close();
    }
  };
  const startReading = () => {
    reading = reading.then(readOnce).then(
      () => {
        if (!abort.signal.aborted) send({ type: 'FAILED', reason: 'the log ended' });
      },
      (error: unknown) =>
        send({
          type: 'FAILED',
          reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
        }),
    );
  };
  const machine = projectionMachine.provide({ actions: { startReading } });
  const actor = createActor(machine, { input: { projection: parts.projection.name, ...times }, inspect });
  actor.start();
  return {
    async stop() {
      // What the transaction in hand parks is told before the machine ends.
      abort.abort();
      await reading;
      send({ type: 'STOP' });
    },
  };
}

/**
 * A parked event of a projection's own machine is not told by another one: a fold that cannot bear them would go on for
 * ever with its own complaints.
 */
function worthTelling(parked: readonly Parked[]): { told: number; first: Parked | undefined } {
  const others = parked.filter(({ text }) => !text.includes('"type":"sekisho.projection.'));
  return { told: others.length, first: others[0] };
}
