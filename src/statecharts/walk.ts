import { type AnyStateMachine, type AnyStateNode, type AnyTransitionDefinition, StateMachine } from 'xstate';
import { transitionId } from '../machines/recording/names.ts';
import type { Chart, ChartState, ChartTransition } from './chart.ts';
import { eventLabel, implementationName } from './labels.ts';

/** Reads a machine: every state, every transition, the eventless and the delayed ones too. */
export function walk(name: string, machine: AnyStateMachine): Chart {
  const root = { ...walkState(machine.root), name };
  const inside = new Set(innerIds(root));
  return {
    name,
    root,
    transitions: transitionsWithin(machine.root).filter(({ id }) => !inside.has(id)),
  };
}

function walkState(node: AnyStateNode): ChartState {
  const states = Object.values(node.states) as AnyStateNode[];
  return {
    id: node.id,
    name: node.key,
    final: node.type === 'final',
    initial: states.length > 0 ? node.initial.target[0]?.id : undefined,
    notes: notesOf(node),
    inner: transitionsOf(node).filter(({ target }) => target === undefined || `${target}.`.startsWith(`${node.id}.`)),
    states: states.map(walkState),
  };
}

function notesOf(node: AnyStateNode): string[] {
  // The configured ones: `node.entry` also holds what xstate adds for timers and invoked actors.
  const named = (label: string, actions: unknown) =>
    [actions ?? []].flat().map((action) => `${label} / ${implementationName(action)}`);
  return [
    ...named('entry', node.config.entry),
    ...named('exit', node.config.exit),
    ...node.invoke.map(
      ({ src }) => `invoke ${implementationName(src)}${isMachine(node, src) ? ' (a statechart)' : ''}`,
    ),
  ];
}

/** The session invokes a whole statechart, the others promises. */
function isMachine(node: AnyStateNode, src: unknown): boolean {
  return node.machine.implementations.actors[String(src)] instanceof StateMachine;
}

function transitionsWithin(node: AnyStateNode): ChartTransition[] {
  return [...transitionsOf(node), ...(Object.values(node.states) as AnyStateNode[]).flatMap(transitionsWithin)];
}

function transitionsOf(node: AnyStateNode): ChartTransition[] {
  const bySource = [...node.transitions.values(), node.always ?? []] as AnyTransitionDefinition[][];
  return bySource.flatMap((sameEvent) => sameEvent.map((definition, index) => chartTransition(definition, index)));
}

function chartTransition(definition: AnyTransitionDefinition, index: number): ChartTransition {
  const { source, target, eventType, guard, actions } = definition;
  const { delay } = definition as { delay?: string | number };
  return {
    id: transitionId(definition),
    source: source.id,
    target: target?.[0]?.id,
    event: eventLabel(eventType, delay),
    guard: guard === undefined ? (index > 0 ? 'else' : undefined) : implementationName(guard),
    actions: actions.map(implementationName),
  };
}

function innerIds(state: ChartState): string[] {
  return [...state.inner.map(({ id }) => id), ...state.states.flatMap(innerIds)];
}
