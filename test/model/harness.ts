import { expect } from 'vitest';
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type EventObject,
  initialTransition,
  __unsafe_getAllOwnEventDescriptors as ownEventDescriptors,
  transition,
} from 'xstate';
import { type StatePath, type Step, TestModel } from 'xstate/graph';
import { transitionId } from '../../src/machines/recording/names.ts';
import { createSubject, type Subject, seen } from './subject.ts';

type Snapshot = AnyMachineSnapshot;
type Path = StatePath<Snapshot, EventObject>;
type AnyStep = Step<Snapshot, EventObject>;
/** A machine with all that is needed to walk it. */
export interface Model {
  machine: AnyStateMachine;
  options: ModelOptions;
  /** Name of a situation. */
  key: (snapshot: Snapshot) => string;
  graph: TestModel<Snapshot, EventObject, unknown>;
}

export interface ModelOptions {
  input: unknown;
  /**
   * Payloads by event descriptor, one for each branch of a guard. Events of timers need none; every other event that the
   * machine knows must be here, so that nothing is left out by oversight.
   */
  cases: Record<string, readonly EventObject[] | ((snapshot: Snapshot) => readonly EventObject[])>;
  /** The event as it must be for this very actor, where a payload depends on what went before. */
  concrete?: (event: EventObject, snapshot: Snapshot) => EventObject;
  /** What makes two situations different; bounded, or the walk does not end. */
  situation: (snapshot: Snapshot) => unknown;
}

/** The machine as a model that `xstate/graph` walks. */
export function createModel(machine: AnyStateMachine, options: ModelOptions): Model {
  const { input, cases, situation } = options;
  const key = (snapshot: Snapshot) => JSON.stringify([snapshot.value, situation(snapshot)]);
  const eventsOf = (snapshot: Snapshot): EventObject[] => {
    // A machine that has ended takes no events, which the model does not know.
    if (snapshot.status !== 'active') return [];
    return ownEventDescriptors(snapshot).flatMap((type: string) => {
      if (type.startsWith('xstate.after.')) return [{ type }];
      const own = cases[type];
      if (own === undefined) throw new Error(`no case for ${type}`);
      return typeof own === 'function' ? own(snapshot) : own;
    });
  };
  const graph = new TestModel(machine as never, {
    input,
    events: eventsOf,
    serializeState: key,
    limit: 100_000,
  }) as unknown as Model['graph'];
  return { machine, options, key, graph };
}

/** All simple paths: no situation twice in one. */
export function simplePaths({ graph }: Model): Path[] {
  return graph.getSimplePaths();
}

/** To each situation on the shortest way, and from there one step more by each event it knows: all transitions. */
export function edgePaths(model: Model): Path[] {
  const { graph } = model;
  const adjacency = graph.getAdjacencyMap();
  const key = (snapshot: Snapshot) => model.key(snapshot) as keyof typeof adjacency;
  return graph.getShortestPaths({ allowDuplicatePaths: true }).flatMap((path) => {
    const onward = Object.values(adjacency[key(path.state)]?.transitions ?? {});
    return onward.map(({ event, state }) => ({
      state,
      weight: path.weight + 1,
      steps: [...path.steps, { event, state }],
    }));
  });
}

/** Looks at the actor from outside, before and after each step. */
export interface Watch {
  before?(subject: Subject, event: EventObject): void;
  after?(subject: Subject, event: EventObject): void;
}

export interface Coverage {
  steps: number;
  transitions: Set<string>;
}

/**
 * Drives a real actor along each path. After each step the actor is where the model is, and so is the fold of its log.
 * @param foldEachStep false when each step is the last of some other path: the log is then folded at the end only.
 * @param watch is called for each path, and gives what looks on.
 */
export async function walkPaths(
  { machine, options: { input, concrete }, graph }: Model,
  paths: readonly Path[],
  watch: () => Watch = () => ({}),
  foldEachStep = true,
): Promise<Coverage> {
  const coverage: Coverage = { steps: 0, transitions: new Set() };
  for (const path of paths) {
    const subject = createSubject(machine, input);
    const { before, after } = watch();
    // Folded here and not taken from the path: a path knows a situation, the actor its exact counts.
    let [expected] = initialTransition(machine, input);
    let current: EventObject | undefined;
    const perform = async (step: AnyStep) => {
      if (step.event.type === 'xstate.init') return;
      const event = concrete?.(step.event, expected) ?? step.event;
      current = event;
      coverage.steps += 1;
      before?.(subject, event);
      [expected] = transition(machine, expected, event);
      await subject.perform(event);
    };
    // TestModel skips events without an executor in silence: here every event has one.
    const events = new Proxy({}, { get: () => perform });
    const check = (state: Snapshot) => {
      expect(subject.snapshot().value).toEqual(state.value);
      expect(seen(subject.snapshot())).toEqual(seen(expected));
      if (foldEachStep || state === path.state) expect(subject.folded()).toEqual(seen(expected));
      expect(subject.problems).toEqual([]);
      if (current) after?.(subject, current);
    };
    await graph.testPath(path, { events, states: { '*': check } });
    for (const { data } of subject.log()) coverage.transitions.add(data.transition);
    subject.stop();
  }
  return coverage;
}

/** Every transition that the machine has, by id. */
export function allTransitions(machine: AnyStateMachine): string[] {
  const of = (node: AnyStateNode): string[] => [
    ...[...node.transitions.values()].flat().map(transitionId),
    ...(node.always ?? []).map(transitionId),
    ...(Object.values(node.states) as AnyStateNode[]).flatMap(of),
  ];
  return of(machine.root).sort();
}
