import type { DayCount } from '../ports/hash-service.ts';

/** What a service allows. 0: no limit. */
export interface RequestLimits {
  perMinute: number;
  /** Of a day in UTC. */
  perDay: number;
}

/** The tokens of one service; they outlive epochs, and those of the day the process. */
export interface RequestBudget {
  /** Takes a token and returns 0; or the ms until there is one again, and then nothing is taken. */
  take(nowMs: number, limits: RequestLimits): number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The count of a day is written ahead in so many pieces: a process that is killed loses at most one of them, and exceeds nothing. */
const piecesOfDay = 100;

/** A token of the minute comes back a minute after it was taken, so no minute has more of them; those of the day come back at 00:00 UTC. */
export function createRequestBudget(store: DayCount): RequestBudget {
  const takenAtMs: number[] = [];
  let today: { day: string; taken: number; written: number } | undefined;

  function ofDay(nowMs: number): { day: string; taken: number; written: number } {
    const day = new Date(nowMs).toISOString().slice(0, 10);
    if (today?.day === day) return today;
    const kept = today === undefined ? store.read() : undefined;
    const taken = kept?.day === day ? kept.taken : 0;
    today = { day, taken, written: taken };
    return today;
  }

  return {
    take(nowMs, { perMinute, perDay }) {
      // A clock that was set back must not hold requests for longer than a minute.
      while (takenAtMs[0] !== undefined && Math.abs(nowMs - takenAtMs[0]) >= minuteMs) takenAtMs.shift();
      const first = takenAtMs[takenAtMs.length - perMinute];
      if (perMinute > 0 && first !== undefined) return Math.max(1, first + minuteMs - nowMs);
      if (perDay > 0) {
        const count = ofDay(nowMs);
        if (count.taken >= perDay) return dayMs - (nowMs % dayMs);
        if (count.taken >= count.written) {
          count.written = Math.min(perDay, count.taken + Math.ceil(perDay / piecesOfDay));
          store.write({ day: count.day, taken: count.written });
        }
        count.taken++;
      }
      if (perMinute > 0) takenAtMs.push(nowMs);
      return 0;
    },
  };
}
