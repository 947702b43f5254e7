import { setImmediate } from 'node:timers/promises';
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  createActor,
  type EventObject,
  fromPromise,
} from 'xstate';
import type { Clock } from '../../src/actors/ports/clock.ts';
import { createTransitionRecorder } from '../../src/adapters/inspection/transition-recorder.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { replay, type TransitionData } from '../../src/machines/replay.ts';
import { ChosenTimers } from './chosen-timers.ts';

/** What a snapshot is as JSON: comparable, and what a log can give back. */
export interface Seen {
  value: unknown;
  context: unknown;
  status: string;
  output?: unknown;
}
export function seen({ value, context, status, output }: AnyMachineSnapshot): Seen {
  return JSON.parse(JSON.stringify({ value, context, status, output }));
}

interface Deferred {
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** The machine under test as a running actor with its log; what it invokes waits until the test settles it. */
export interface Subject {
  snapshot(): AnyMachineSnapshot;
  /** Its events as they came out of the journal. */
  log(): Envelope<TransitionData>[];
  problems: unknown[];
  /** With what each effect was started, in order. */
  started: Map<string, unknown[]>;
  isPending(actor: string): boolean;
  send(event: EventObject): void;
  /** Ends an invoked actor. */
  settle(actor: string, outcome: 'done' | 'error', payload: unknown): Promise<void>;
  /** Takes a step of a walk: an event, the end of a timer, or the end of an invoked actor. */
  perform(event: EventObject): Promise<void>;
  /** The fold of the log, or the machine's beginning when nothing is in the log yet. */
  folded(): Seen;
  stop(): void;
}

export function createSubject(machine: AnyStateMachine, input: unknown, clock: Clock = new ChosenTimers()): Subject {
  const pending = new Map<string, Deferred>();
  const started = new Map<string, unknown[]>();
  const events: Envelope<TransitionData>[] = [];
  const problems: unknown[] = [];
  const deferred = fromPromise(
    ({ self, signal, input: given }) =>
      new Promise((resolve, reject) => {
        const own = { resolve, reject };
        started.set(self.id, [...(started.get(self.id) ?? []), given]);
        pending.set(self.id, own);
        signal.addEventListener('abort', () => pending.get(self.id) === own && pending.delete(self.id));
      }),
  );
  const effects = Object.fromEntries(Object.keys(machine.implementations.actors).map((name) => [name, deferred]));
  const inspect = createTransitionRecorder({
    source: '/test',
    idPrefix: 't',
    now: () => 0,
    record: (_lane, event) => events.push(event as Envelope<TransitionData>),
    onProblem: (problem) => problems.push(problem),
  });
  const actor = createActor(machine.provide({ actors: effects }), { input, clock, inspect });
  // A machine that breaks shows in its snapshot; without an observer the error would be thrown at nobody.
  actor.subscribe({ error: (error) => problems.push(error) });
  actor.start();

  const subject: Subject = {
    snapshot: () => actor.getSnapshot(),
    log: () => JSON.parse(JSON.stringify(events)),
    problems,
    started,
    isPending: (name) => pending.has(name),
    send: (event) => actor.send(event),
    async settle(name, outcome, payload) {
      const waiting = pending.get(name);
      if (!waiting) throw new Error(`${name} is not in progress`);
      pending.delete(name);
      if (outcome === 'done') waiting.resolve(payload);
      else waiting.reject(payload);
      await setImmediate();
    },
    async perform(event) {
      const [, outcome, name] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type) ?? [];
      const { output, error } = event as EventObject & { output?: unknown; error?: unknown };
      if (name !== undefined) {
        await subject.settle(name, outcome as 'done' | 'error', outcome === 'done' ? output : error);
      } else if (event.type.startsWith('xstate.after.')) {
        (clock as ChosenTimers).fire(delayMs(machine, actor.getSnapshot(), event));
      } else {
        actor.send(event);
      }
    },
    folded: () =>
      seen(events.length > 0 ? replay(machine, subject.log()) : createActor(machine, { input }).getSnapshot()),
    stop: () => actor.stop(),
  };
  return subject;
}

function delayMs(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: EventObject): number {
  const all = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(all)];
  const delay = all(machine.root)
    .flatMap((node) => node.after)
    .find(({ eventType }) => eventType === event.type)?.delay;
  if (typeof delay === 'number') return delay;
  const named = machine.implementations.delays[String(delay)] as unknown;
  if (typeof named !== 'function') throw new Error(`no delay ${String(delay)}`);
  return named({ context: snapshot.context, event }, undefined) as number;
}
