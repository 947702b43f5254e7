import type { ChartState, ChartTransition } from './chart.ts';

/** What happened, in people's words, from xstate's name of an event. */
export function eventLabel(eventType: string, delay: string | number | undefined): string {
  if (delay !== undefined) return `after ${typeof delay === 'number' ? `${delay} ms` : delay}`;
  const [, outcome, actor] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(eventType) ?? [];
  if (outcome === undefined) return eventType.startsWith('xstate.done.state.') ? 'done' : eventType;
  return `${actor === '*' ? 'any child' : actor} ${outcome === 'done' ? 'done' : 'failed'}`;
}

/** Name of a guard or action of `setup()`; an inline function has none, which a picture should not hide. */
export function implementationName(implementation: unknown): string {
  if (typeof implementation === 'string') return implementation;
  const { type } = implementation as { type?: unknown };
  return typeof type === 'string' ? type : '(inline)';
}

/** `event [guard]`, and the actions as a line of their own. */
export function transitionLines({ event, guard, actions }: ChartTransition): string[] {
  const cause = [event, guard === undefined ? '' : `[${guard}]`].filter(Boolean).join(' ');
  return [cause, actions.length > 0 ? `/ ${actions.join(', ')}` : ''].filter(Boolean);
}

/** Notes and inner transitions, one line each. */
export function innerLines(state: ChartState): { text: string; transition?: ChartTransition }[] {
  const deeper = (id: string) => (id === state.id ? '' : ` → ${id.slice(state.id.length + 1)}`);
  return [
    ...state.notes.map((text) => ({ text })),
    ...state.inner.map((transition) => ({
      text: `${transitionLines(transition).join(' ')}${deeper(transition.target ?? state.id)}`,
      transition,
    })),
  ];
}
