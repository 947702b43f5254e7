import type { StateValue } from 'xstate';
import { newestVersion } from '../../events/upcast.ts';

/** As much of xstate's transition definition as an id needs. */
export interface TransitionLike {
  source: {
    id: string;
    transitions: ReadonlyMap<string, readonly unknown[]>;
    always?: readonly unknown[] | undefined;
  };
  /** Empty for an eventless transition. */
  eventType: string;
}

/**
 * Id of a transition in the log and in the statechart's picture (`data-transition`), e.g. `server.Failing:QUERY_FAILED:0`:
 * source, event, and which one of several that the source has for this event.
 */
export function transitionId(transition: TransitionLike): string {
  const { source, eventType } = transition;
  const name = `${source.id}:${eventType || 'always'}`;
  const sameEvent = (eventType === '' ? source.always : source.transitions.get(eventType)) ?? [];
  return sameEvent.length > 1 ? `${name}:${sameEvent.indexOf(transition)}` : name;
}

/** `CachedInvalid.Unasked` for `{ CachedInvalid: 'Unasked' }`. */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([key, child]) => (child === undefined ? key : `${key}.${stateName(child)}`))
    .join(',');
}

/** `cached-invalid` for `CachedInvalid` or `CACHED_INVALID`. */
export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}

/**
 * Event type of a transition. Named after the state that is entered; CachedInvalid.Unasked and the like have the name of
 * the state that people know. A transition without target is named after its event.
 */
export function eventType(machine: string, state: string, event: string, hasTarget: boolean): string {
  const name = `sekisho.${machine}.${hasTarget ? nameOfState(state) : nameOfEvent(event)}`;
  return `${name}.v${newestVersion(name)}`;
}

function nameOfEvent(event: string): string {
  return event.startsWith('xstate.error.actor.') ? 'child-restarted' : kebab(event);
}

function nameOfState(state: string): string {
  const [top = '', leaf] = state.split('.');
  return leaf === undefined || leaf === 'Unasked' || leaf === 'Resting' ? kebab(top) : `${kebab(top)}-${kebab(leaf)}`;
}
