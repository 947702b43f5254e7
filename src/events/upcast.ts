import type { Envelope } from './envelope.ts';

/** An event of an older version in the form of the newest one. */
export function upcast(event: Envelope): Envelope {
  return event;
}
