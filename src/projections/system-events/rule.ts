import type { Envelope } from '../../events/envelope.ts';
import type { Message, Said } from '../log-entries/entry.ts';
import type { ToldOnce } from '../told.ts';

/** What the log says of one event type, and when. */
export interface Rule extends ToldOnce {
  /** Absent: silent, a step that an administrator need not know of. */
  say?: (event: Envelope) => Said;
}

export type Rules = Readonly<Record<string, Rule>>;

export const silent: Rule = {};

/** The same, whatever is in the event. */
export function always(ja: string, en: string): Rule {
  return { say: () => ({ ja, en }) };
}

/** A value of the event's data as text; empty when it is not there. `failure.message` looks inside. */
export function value(event: Envelope, path: string): string {
  let found: unknown = event.data;
  for (const name of path.split('.')) found = (found as Record<string, unknown> | null | undefined)?.[name];
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

/** What the trigger says of what went wrong: a reason of ours, or the message of an error. */
export function reason(event: Envelope): string {
  return value(event, 'trigger.reason') || value(event, 'trigger.error.message');
}

/** Both sentences with a reason behind them, if there is one. */
export function because(why: string, ja: string, en: string): Message {
  return why === '' ? { ja: `${ja}。`, en: `${en}.` } : { ja: `${ja}: ${why}`, en: `${en}: ${why}` };
}
