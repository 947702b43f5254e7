import { describe, expect, test } from 'vitest';
import {
  backedOff,
  isMissed,
  nextOnWall,
  planned,
  type UpdateSchedule,
  type UpdateTiming,
} from '../../src/machines/update-schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const at = (hours: number, minutes = 0): UpdateSchedule & { kind: 'daily' } => ({
  kind: 'daily',
  minute: hours * 60 + minutes,
});
const next = (schedule: Exclude<UpdateSchedule, { kind: 'every' }>, after: string, timeZone: string) =>
  new Date(nextOnWall(schedule, Date.parse(after), timeZone)).toISOString();

describe('the next time by the clock on the wall', () => {
  test('today, if it is yet to come; else tomorrow', () => {
    expect(next(at(2, 30), '2026-11-24T17:29:59.999Z', 'Asia/Tokyo')).toBe('2026-11-24T17:30:00.000Z');
    expect(next(at(2, 30), '2026-11-24T17:30:00Z', 'Asia/Tokyo')).toBe('2026-11-25T17:30:00.000Z');
  });

  test('on its day of the week, over the end of a month and a year', () => {
    const sunday = { kind: 'weekly', weekday: 0, minute: 150 } as const;
    expect(next(sunday, '2026-11-24T12:00:00Z', 'UTC')).toBe('2026-11-29T02:30:00.000Z');
    expect(next(sunday, '2026-12-27T02:30:00Z', 'UTC')).toBe('2027-01-03T02:30:00.000Z');
    // It is Sunday there while it is still Saturday in UTC.
    expect(next({ ...sunday, minute: 0 }, '2026-11-28T14:59:00Z', 'Asia/Tokyo')).toBe('2026-11-28T15:00:00.000Z');
  });

  test('clocks are put forward over it: as if they had not been, once', () => {
    // New York, 8 March 2026: after 1:59 comes 3:00.
    expect(next(at(2, 30), '2026-03-08T05:00:00Z', 'America/New_York')).toBe('2026-03-08T07:30:00.000Z');
    expect(next(at(2, 30), '2026-03-08T07:30:00Z', 'America/New_York')).toBe('2026-03-09T06:30:00.000Z');
  });

  test('clocks show it twice: at the first of both, once', () => {
    // Berlin, 25 October 2026: after 2:59 comes 2:00.
    expect(next(at(2, 30), '2026-10-24T22:00:00Z', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(next(at(2, 30), '2026-10-25T00:30:00Z', 'Europe/Berlin')).toBe('2026-10-26T01:30:00.000Z');
    expect(next(at(2, 30), '2026-10-25T01:10:00Z', 'Europe/Berlin')).toBe('2026-10-26T01:30:00.000Z');
  });

  test.each(['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns', 'UTC'])(
    'each day of a year has one: %s',
    (timeZone) => {
      const day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
      for (const schedule of [at(0), at(0, 30), at(2, 15), at(23, 59)]) {
        let now = Date.parse('2026-01-01T00:00:00Z');
        const days = new Set<string>();
        for (let count = 0; count < 400; count++) {
          const due = nextOnWall(schedule, now, timeZone);
          expect(due).toBeGreaterThan(now);
          expect(due - now).toBeLessThanOrEqual(49 * hour);
          days.add(day.format(due));
          now = due;
        }
        expect(days.size).toBe(400);
      }
    },
  );
});

const timing: UpdateTiming = {
  ...{ schedule: at(2, 30), timeZone: 'UTC', jitterMsMax: 15 * minute },
  ...{ retryMs: minute, retryMsMax: hour },
};
const noon = Date.parse('2026-11-24T12:00:00Z');
const moment = { atMs: noon, random: 0, minWaitMs: 0 };

describe('the plan', () => {
  test('chance makes a time of day later and an interval shorter, within the bound', () => {
    expect(planned(timing, moment)).toEqual({ waitMs: 14.5 * hour, dueMs: noon + 14.5 * hour });
    expect(planned(timing, { ...moment, random: 0.5 })?.waitMs).toBe(14.5 * hour + 7.5 * minute);
    const every = { ...timing, schedule: { kind: 'every', ms: hour } } as const;
    expect(planned(every, moment)).toEqual({ waitMs: hour, dueMs: null });
    expect(planned(every, { ...moment, random: 0.5 })?.waitMs).toBe(57 * minute);
    const seldom = { ...timing, schedule: { kind: 'every', ms: 100 * hour } } as const;
    expect(planned(seldom, { ...moment, random: 0.5 })?.waitMs).toBe(100 * hour - 7.5 * minute);
  });

  test('what the source asks for puts it off; nothing is planned for what is not selected', () => {
    expect(planned(timing, { ...moment, minWaitMs: 20 * hour })).toEqual({
      waitMs: 20 * hour,
      dueMs: noon + 20 * hour,
    });
    expect(planned({ ...timing, schedule: null }, moment)).toBeNull();
  });

  test('failures double the wait up to the limit, and chance makes it up to a quarter shorter', () => {
    const waits = (random: number) =>
      [1, 2, 3, 7, 8, 1e9].map((failures) => backedOff(timing, failures, { ...moment, random }).waitMs / minute);
    expect(waits(0)).toEqual([1, 2, 4, 60, 60, 60]);
    expect(waits(0.8)).toEqual([0.8, 1.6, 3.2, 48, 48, 48]);
  });

  test('a start looks at once for what was due while nothing ran, and anew where there is an interval', () => {
    expect(isMissed(timing, noon - 12 * hour, noon)).toBe(true);
    expect(isMissed(timing, noon - 9 * hour, noon)).toBe(false);
    expect(isMissed({ ...timing, schedule: { kind: 'every', ms: hour } }, noon, noon)).toBe(true);
    expect(isMissed({ ...timing, schedule: null }, 0, noon)).toBe(false);
  });
});
