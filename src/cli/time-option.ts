import { InvalidArgumentError } from 'commander';

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const daysAgoOf = new Map([
  ['today', 0],
  ['yesterday', 1],
]);

/** A day, with a time if you like, and a zone: else it is meant in the local one. */
const timeForm = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** What `timeOption` takes, for the help of an option. */
export const timeHelp =
  `2026-11-24T10:00:00Z, an age such as 15m, 2h, 3d, today, yesterday, ` +
  `or 2026-11-24 or '2026-11-24 10:00' in local time (${localZone()})`;

/** A point in time, or an age such as `15m`: now less it. Milliseconds since 1970. */
export function timeOption(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  if (unitMs !== undefined) return Date.now() - Number(count) * unitMs;
  const daysAgo = daysAgoOf.get(text);
  if (daysAgo !== undefined) return new Date().setHours(-24 * daysAgo, 0, 0, 0);
  const time = text === 'now' ? Date.now() : timeOf(text);
  if (time === undefined || Number.isNaN(time)) throw new InvalidArgumentError(`must be ${timeHelp}.`);
  return time;
}

function timeOf(text: string): number | undefined {
  const [, day, minute = '00:00', second = ':00', zone = ''] = timeForm.exec(text) ?? [];
  if (day === undefined) return undefined;
  // Date.parse takes 30 February for 2 March.
  const isDay = new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) ?? false;
  return isDay ? Date.parse(`${day}T${minute}${second}${zone.toUpperCase()}`) : undefined;
}

/** Name of the zone that the environment sets. */
function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A whole number, 0 or more. */
export function wholeNumberOption(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be a whole number.');
  return Number(text);
}
