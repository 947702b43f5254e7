import type { Envelope } from '../events/envelope.ts';
import type { Change, Row, Rows, Table } from './projection.ts';

/**
 * What is told once in an outage: shared by everything that tells people what happened, so that the log and the
 * notifications agree. Kept for each gateway and aggregate, as each gateway has its own view of a server.
 */

/** When an event of some type is told. */
export interface ToldOnce {
  /** Told once under this name, until another event of the aggregate ends it: however often a server trips, it is one outage. */
  once?: string;
  /** Which kind of trouble it is: each is told once. One word; empty: none in particular. */
  kindOf?: (event: Envelope) => string;
  /** What was told holds for so many seconds at least, whatever a restart of ours makes of the state (see `isReset`). */
  holdsSeconds?: (event: Envelope) => number;
  /** What may be told again from now on, of whatever kind. */
  ends?: readonly string[];
  /** It ends only because we were restarted, which says nothing of the outage: what holds on is not told again meanwhile. */
  isReset?: (event: Envelope) => boolean;
  /** Told only when one of these was told and goes on: no recovery without an outage. */
  onlyAfter?: readonly string[];
}

/** What goes on: `reset` when a restart of ours has made us forget it, and then it counts until `until`. */
interface GoingOn {
  until?: string;
  reset?: true;
}
type Told = Readonly<Record<string, GoingOn>>;

/** The table that `tellOnce` keeps. */
export const toldTable: Table = { columns: {} };

/** Whether the event is to be told, and what is to be remembered of it in the table `told`. */
export function tellOnce(rule: ToldOnce, event: Envelope, rows: Rows): { isDue: boolean; changes: readonly Change[] } {
  const { ends, onlyAfter } = rule;
  const kind = rule.kindOf?.(event) ?? '';
  const once = rule.once === undefined || kind === '' ? rule.once : `${rule.once} ${kind}`;
  if (once === undefined && ends === undefined && onlyAfter === undefined) return { isDue: true, changes: [] };
  const key = `${event.source} ${event.subject}`;
  const told = (rows.get('told', key) ?? {}) as Told;
  const isNew = once === undefined || !holds(told[once], event);
  const isDue =
    isNew && (onlyAfter === undefined || Object.keys(told).some((name) => onlyAfter.includes(withoutKind(name))));
  const after = { ...endedBy(rule, told, event), ...(once !== undefined && isNew && { [once]: goingOn(rule, event) }) };
  const isChanged = JSON.stringify(after) !== JSON.stringify(told);
  return { isDue, changes: isChanged ? [remembered(key, after)] : [] };
}

function holds(known: GoingOn | undefined, { time }: Envelope): boolean {
  if (known === undefined) return false;
  return known.reset === undefined || Date.parse(time) < Date.parse(known.until ?? '');
}

function goingOn({ holdsSeconds }: ToldOnce, event: Envelope): GoingOn {
  const seconds = holdsSeconds?.(event) ?? 0;
  return seconds > 0 ? { until: new Date(Date.parse(event.time) + seconds * 1000).toISOString() } : {};
}

const withoutKind = (name: string) => name.split(' ', 1)[0] ?? name;

function endedBy({ ends = [], isReset }: ToldOnce, told: Told, event: Envelope): Told {
  const left = Object.entries(told).flatMap(([name, known]): [string, GoingOn][] => {
    if (!ends.includes(withoutKind(name))) return [[name, known]];
    return isReset?.(event) && known.until !== undefined ? [[name, { ...known, reset: true }]] : [];
  });
  return Object.fromEntries(left);
}

function remembered(key: string, told: Told): Change {
  const change = { table: 'told', key };
  return Object.keys(told).length === 0 ? change : { ...change, row: told as Row };
}
