import type { Envelope, Lane } from './envelope.ts';
import { laneOf } from './lane.ts';

/** Which events a reader wants. */
export interface Wanted {
  lanes: readonly Lane[];
  /** Beginnings of event types; all when absent. */
  types?: readonly string[];
}

/** Whether an event type begins with one of these; with none given, it does. */
export function beginsWithOneOf(type: string, beginnings: readonly string[] | undefined): boolean {
  return beginnings?.some((beginning) => type.startsWith(beginning)) ?? true;
}

/** Whether a reader wants an event, from its type alone. */
export function isWanted({ lanes, types }: Wanted, event: Pick<Envelope, 'type'>): boolean {
  return lanes.includes(laneOf(event)) && beginsWithOneOf(event.type, types);
}
