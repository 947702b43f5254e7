import type { Envelope } from '../../events/envelope.ts';
import type { Message, Said } from '../log-entries/entry.ts';

/** What the log says of one event type. */
export interface Rule {
  /** Absent: silent, a step that an administrator need not know of. */
  say?: (event: Envelope) => Said;
  /** Told once under this name, until another event of the aggregate ends it: however often a server trips, it is one outage. */
  once?: string;
  /** What may be told again from now on. */
  ends?: readonly string[];
  /** Told only when one of these was told and goes on: no recovery without an outage. */
  onlyAfter?: readonly string[];
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
