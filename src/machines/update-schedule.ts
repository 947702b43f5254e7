/**
 * When a component is looked for by itself (管理 > アップデート > コンポーネント > スケジュール). Pure: the time, the time zone and
 * the chance come in. Wall-clock times are those of a place: summer time begins and ends there, and each day has each time once.
 */

export type UpdateSchedule =
  | { kind: 'every'; ms: number }
  /** `minute`: minutes after midnight. */
  | { kind: 'daily'; minute: number }
  /** `weekday`: 0 is Sunday. */
  | { kind: 'weekly'; weekday: number; minute: number };

const dayMs = 86_400_000;

/** From one check to the next as a rule, milliseconds. */
export function periodMs(schedule: UpdateSchedule): number {
  if (schedule.kind === 'every') return schedule.ms;
  return schedule.kind === 'daily' ? dayMs : 7 * dayMs;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const numeric = 'numeric';
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', hourCycle: 'h23' },
    ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
  });
  formats.set(timeZone, format);
  return format;
}

/** What clocks on the wall show at an instant, as if it were UTC. */
function wallOf(ms: number, timeZone: string): number {
  const at = (parts: Intl.DateTimeFormatPart[], type: string) =>
    Number(parts.find((part) => part.type === type)?.value ?? 0);
  const seconds = Math.floor(ms / 1000) * 1000;
  const parts = formatOf(timeZone).formatToParts(seconds);
  const wall = Date.UTC(at(parts, 'year'), at(parts, 'month') - 1, at(parts, 'day'), at(parts, 'hour'));
  return wall + at(parts, 'minute') * 60_000 + at(parts, 'second') * 1000 + (ms - seconds);
}

/**
 * The instant at which clocks on the wall show a time: the first of two where they are put back; where they are put forward
 * over it, as if they had not been, so that what is due at 2:30 comes at 3:30. (RFC 5545 and java.time have it so, too.)
 */
function instantOf(wall: number, timeZone: string): number {
  const offsets = [wall - dayMs, wall + dayMs].map((near) => wallOf(near, timeZone) - near);
  const [before = 0, after = 0] = offsets;
  const candidates = [wall - before, wall - after].sort((a, b) => a - b);
  return candidates.find((candidate) => wallOf(candidate, timeZone) === wall) ?? wall - before;
}

/** The first time after an instant at which a check is due by the clock on the wall; both in ms since 1970. */
export function nextOnWall(
  schedule: Exclude<UpdateSchedule, { kind: 'every' }>,
  afterMs: number,
  timeZone: string,
): number {
  const wall = wallOf(afterMs, timeZone);
  const midnight = wall - (((wall % dayMs) + dayMs) % dayMs);
  // From the day before, whose time may have been put off over midnight; up to the day after that of the next week.
  for (let day = -1; day <= 8; day++) {
    const date = midnight + day * dayMs;
    if (schedule.kind === 'weekly' && new Date(date).getUTCDay() !== schedule.weekday) continue;
    const due = instantOf(date + schedule.minute * 60_000, timeZone);
    if (due > afterMs) return due;
  }
  return afterMs + periodMs(schedule);
}

/** What the plan of the next check rests on. */
export interface UpdateTiming {
  /** Null: the component is not selected, and only looked for by hand or when it is pushed. */
  schedule: UpdateSchedule | null;
  /** IANA name of the gateway's time zone, e.g. `Asia/Tokyo`. */
  timeZone: string;
  /** So that a thousand gateways do not ask at once: how much later than its time a check may be, or earlier than a whole interval. */
  jitterMsMax: number;
  /** After a first failure; each further one in a row doubles it, up to the limit. */
  retryMs: number;
  retryMsMax: number;
}

/** What comes with an event. */
export interface Moment {
  /** Milliseconds since 1970. */
  atMs: number;
  /** Chance in [0, 1). */
  random: number;
  /** The source asks to be left alone for so long. */
  minWaitMs: number;
}

/** Until the next check; `dueMs`, ms since 1970, where it hangs on the clock on the wall, which may be set meanwhile. */
export interface Plan {
  waitMs: number;
  dueMs: number | null;
}

/** After a check that succeeded, or where there was none. */
export function planned(timing: UpdateTiming, { atMs, random, minWaitMs }: Moment): Plan | null {
  const { schedule, timeZone, jitterMsMax } = timing;
  if (schedule === null) return null;
  if (schedule.kind === 'every') {
    // Never later than it is promised, so that what is confirmed every 15 minutes is never older.
    const early = Math.floor(random * Math.min(jitterMsMax, schedule.ms / 10));
    return { waitMs: Math.max(schedule.ms - early, minWaitMs), dueMs: null };
  }
  const dueMs = nextOnWall(schedule, atMs, timeZone) + Math.floor(random * jitterMsMax);
  const waitMs = Math.max(dueMs - atMs, minWaitMs);
  return { waitMs, dueMs: atMs + waitMs };
}

/** After so many failures in a row: grows, and is up to a quarter shorter by chance. */
export function backedOff({ retryMs, retryMsMax, jitterMsMax }: UpdateTiming, failures: number, moment: Moment): Plan {
  const whole = Math.min(retryMsMax, retryMs * 2 ** Math.min(failures - 1, 30));
  const early = Math.floor(moment.random * Math.min(jitterMsMax, whole / 4));
  return { waitMs: Math.max(whole - early, moment.minWaitMs), dueMs: null };
}

/** Whether a check was due between two instants, as at the start of a gateway that did not run. */
export function isMissed(timing: UpdateTiming, lastMs: number, nowMs: number): boolean {
  const { schedule, timeZone } = timing;
  if (schedule === null) return false;
  // An interval begins anew with each start.
  return schedule.kind === 'every' || nextOnWall(schedule, lastMs, timeZone) <= nowMs;
}
