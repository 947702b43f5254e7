/** A statechart as plain data: what the writers draw. */

export interface ChartTransition {
  /** As in the log: see `transitionId`. */
  id: string;
  source: string;
  /** Id of the state that is entered; none for a transition that stays where it is. */
  target: string | undefined;
  /** In people's words, e.g. `after cacheTime`; empty for an eventless one. */
  event: string;
  /** Name of the guard; `else` for the last resort after guarded ones. */
  guard: string | undefined;
  actions: readonly string[];
}

export interface ChartState {
  /** E.g. `server.CachedInvalid`. */
  id: string;
  name: string;
  final: boolean;
  /** Id of the state that is entered first, for a composite state. */
  initial: string | undefined;
  /** Lines inside the state: entry and exit actions, invoked actors. */
  notes: readonly string[];
  /** Transitions that stay in the state or lead further into it: written inside of it, not drawn. */
  inner: readonly ChartTransition[];
  states: readonly ChartState[];
}

export interface Chart {
  name: string;
  root: ChartState;
  /** Those that are drawn as arrows. */
  transitions: readonly ChartTransition[];
}

/** A state and all states inside of it. */
export function allStates(state: ChartState): ChartState[] {
  return [state, ...state.states.flatMap(allStates)];
}
