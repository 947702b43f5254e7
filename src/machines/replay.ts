import { type AnyMachineSnapshot, type AnyStateMachine, type EventObject, initialTransition, transition } from 'xstate';
import type { Envelope } from '../events/envelope.ts';

/** What every transition event carries, whichever its machine. */
export interface TransitionData extends Record<string, unknown> {
  /** Where the transition began and where it ended, e.g. `CachedInvalid.Unasked`. */
  from: string;
  state: string;
  /** Id of the transition in the statechart's picture (`data-transition`). */
  transition: string;
  /** What caused it; absent for the eventless steps that follow from the event before. */
  trigger?: Record<string, unknown> & { type: string };
  /** With the first event of a stream: what the actor was started with. */
  input?: Record<string, unknown>;
  /** Of a scan, since 0.3.0: ms since its final dot, and ms that it was in `from`. No machine looks at them. */
  elapsedMs?: number;
  fromMs?: number;
}

/**
 * Folds the events of one stream (one actor's life) through its machine: the snapshot the actor had after them.
 * Pure: no effect runs, no timer is armed. Throws when the first event of the stream is not among them.
 */
export function replay(machine: AnyStateMachine, events: Iterable<Envelope<TransitionData>>): AnyMachineSnapshot {
  let snapshot: AnyMachineSnapshot | undefined;
  for (const { data } of events) {
    if (data.input !== undefined) [snapshot] = initialTransition(machine, data.input);
    if (snapshot === undefined) throw new Error('the log of this stream does not begin with its first event');
    const trigger = data.trigger as EventObject | undefined;
    if (trigger !== undefined && trigger.type !== 'xstate.init') [snapshot] = transition(machine, snapshot, trigger);
  }
  if (snapshot === undefined) throw new Error('no events to replay');
  return snapshot;
}
