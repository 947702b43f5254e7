import { InvalidArgumentError } from 'commander';

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A point in time, or an age such as `15m`: now less it. Milliseconds since 1970. */
export function timeOption(text: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  if (unitMs !== undefined) return Date.now() - Number(count) * unitMs;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError('must be a time such as 2026-11-24T10:00:00Z or an age such as 15m.');
  return time;
}

/** A whole number, 0 or more. */
export function wholeNumberOption(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be a whole number.');
  return Number(text);
}
