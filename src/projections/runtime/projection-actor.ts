import { createActor, type InspectionEvent } from 'xstate';
import type { ProjectionInput } from '../../machines/projection.ts';
import { projectionMachine } from '../../machines/projection.ts';
import type { Parked } from '../ports/view-store.ts';
import { type Listener, type ProjectionParts, readIntoView } from './read-into-view.ts';

export interface ProjectionActorOptions extends Pick<ProjectionInput, 'retryMs' | 'retryMsMax'> {
  parts: ProjectionParts;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
  onProgress?: Listener['onProgress'];
}

/** A projection that is kept up to date. */
export interface RunningProjection {
  /** Resolves when the transaction in hand is over and nothing is read any more. */
  stop(): Promise<void>;
}

/** Starts a projection: it reads until it is stopped, and again after trouble. */
export function startProjection({ parts, inspect, onProgress, ...times }: ProjectionActorOptions): RunningProjection {
  const abort = new AbortController();
  let reading = Promise.resolve();
  const listener: Listener = {
    ...(onProgress && { onProgress }),
    onCaughtUp: () => actor.send({ type: 'CAUGHT_UP' }),
    onParked(parked) {
      const { told, first } = worthTelling(parked);
      if (first === undefined) return;
      const { stream, offset, reason } = first;
      actor.send({ type: 'PARKED', stream, offset, reason, count: told });
    },
    onLost: (stream, lost) => actor.send({ type: 'LOST', stream, ...lost }),
  };
  const startReading = () => {
    reading = reading
      .then(() => readIntoView(parts, { signal: abort.signal }, listener))
      .then(
        () => {
          if (!abort.signal.aborted) actor.send({ type: 'FAILED', reason: 'the log ended' });
        },
        (error: unknown) =>
          actor.send({
            type: 'FAILED',
            reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
          }),
      );
  };
  const machine = projectionMachine.provide({ actions: { startReading, endReading: () => abort.abort() } });
  const actor = createActor(machine, { input: { projection: parts.projection.name, ...times }, inspect });
  actor.start();
  return {
    async stop() {
      actor.send({ type: 'STOP' });
      await reading;
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
