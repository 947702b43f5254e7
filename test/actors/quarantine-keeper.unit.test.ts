import { describe, expect, test } from 'vitest';
import type { QuarantineEntry } from '../../src/actors/ports/mail.ts';
import { QuarantineFull, type QuarantineRoom } from '../../src/actors/ports/quarantine-room.ts';
import { keepQuarantine } from '../../src/actors/quarantine-keeper.ts';
import { createTransitionRecorder } from '../../src/adapters/inspection/transition-recorder.ts';
import type { QuarantineInput } from '../../src/machines/quarantine.ts';
import { entryOf } from '../adapters/quarantine/entries.ts';
import { atRest } from '../support/at-rest.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;
const content = (bytes: number) => [Buffer.alloc(bytes)];

/** A quarantine in memory: ids with size and time, the oldest first. */
class MemoryRoom implements QuarantineRoom {
  readonly clock: SteppedClock;
  readonly bytesMax: number;
  kept: { id: string; bytes: number; timeMs: number }[] = [];
  broken: Error | undefined;
  constructor(clock: SteppedClock, bytesMax: number) {
    this.clock = clock;
    this.bytesMax = bytesMax;
  }
  bytes = () => this.kept.reduce((sum, { bytes }) => sum + bytes, 0);
  async store({ id }: QuarantineEntry, chunks: readonly Uint8Array[]) {
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    if (this.bytesMax > 0 && this.bytes() + bytes > this.bytesMax) throw new QuarantineFull(bytes);
    this.kept.push({ id, bytes, timeMs: this.clock.now() });
  }
  async measure() {
    if (this.broken) throw this.broken;
    return { messages: this.kept.length, bytes: this.bytes() };
  }
  expireBefore = async (timeMs: number, max: number) => this.#take(max, (message) => message.timeMs < timeMs);
  expireDownTo = async (bytes: number, max: number) => this.#take(max, () => this.bytes() > bytes);
  #take(max: number, isDue: (message: { timeMs: number }) => boolean): string[] {
    const ids: string[] = [];
    for (let first = this.kept[0]; first && ids.length < max && isDue(first); first = this.kept[0]) {
      ids.push(first.id);
      this.kept.shift();
    }
    return ids;
  }
}

async function keeper(limits: Partial<QuarantineInput> = {}) {
  const clock = new SteppedClock();
  const whole: QuarantineInput = { bytesMax: 1000, daysMax: 30, whenFull: 'defer', ...limits };
  const room = new MemoryRoom(clock, whole.bytesMax);
  const journal = new MemoryJournal();
  const inspect = createTransitionRecorder({
    ...{ source: '/test', idPrefix: 't', now: clock.now },
    record: (lane, event) => journal.append(lane, event),
    onProblem: (error) => expect.fail(String(error)),
  });
  const kept = keepQuarantine({ clock, room, limits: whole, inspect });
  await atRest();
  return {
    ...{ clock, room, kept },
    told: () => journal.appended().map(({ event }) => event.type.replace(/^sekisho\.quarantine\.|\.v1$/g, '')),
    last: () => journal.appended().at(-1)?.event.data,
    store: (id: string, bytes: number) => kept.quarantine.store(entryOf(id), content(bytes)),
    pass: (ms: number) => clock.advance(ms, atRest),
  };
}

describe('age', () => {
  test('what is older than days_max goes with the next look, and the log says what has gone', async () => {
    const { room, store, pass, told, last } = await keeper();
    await store('A', 1);
    await pass(dayMs);
    await store('B', 1);
    await pass(29 * dayMs + 10 * minuteMs);
    expect(room.kept.map(({ id }) => id)).toEqual(['B']);
    expect(told()).toEqual(['open', 'expired']);
    expect(last()).toMatchObject({ trigger: { ids: ['A'], why: 'age' }, gone: 1 });
  });

  test('0 days: nothing ever goes', async () => {
    const { room, store, pass } = await keeper({ daysMax: 0 });
    await store('A', 1);
    await pass(400 * dayMs);
    expect(room.kept).toHaveLength(1);
  });

  test('many at once are told in portions, each of them named', async () => {
    const { store, pass, told, last } = await keeper({ bytesMax: 0 });
    for (let number = 0; number < 250; number++) await store(`M${number}`, 1);
    await pass(31 * dayMs);
    expect(told()).toEqual(['open', 'expired', 'expired', 'expired']);
    expect(last()).toMatchObject({ gone: 250 });
  });

  test('a clock that is set forward deletes nothing, if it is set right again before the next look', async () => {
    const { clock, room, store, pass } = await keeper();
    await store('A', 1);
    const now = clock.now;
    let aheadMs = 365 * dayMs;
    Object.assign(clock, { now: () => now() + aheadMs });
    await pass(10 * minuteMs);
    expect(room.kept).toHaveLength(1);
    aheadMs = 0;
    await pass(60 * minuteMs);
    expect(room.kept).toHaveLength(1);
  });

  test('nor does a start with a wrong clock, for one look', async () => {
    const { clock, room, store, kept } = await keeper();
    await store('A', 1);
    await kept.stop();
    clock.moveTo(clock.now() + 365 * dayMs);
    const limits: QuarantineInput = { bytesMax: 1000, daysMax: 30, whenFull: 'defer' };
    keepQuarantine({ clock, room, limits, inspect: () => {} });
    await atRest();
    expect(room.kept).toHaveLength(1);
    await clock.advance(10 * minuteMs, atRest);
    expect(room.kept).toHaveLength(0);
  });
});

describe('size', () => {
  test('defer: a message without room is refused and told once; nothing goes; room again is told', async () => {
    const { room, store, pass, told, last } = await keeper();
    await store('A', 600);
    await store('B', 300);
    await expect(store('C', 200)).rejects.toThrow(QuarantineFull);
    await expect(store('C', 200)).rejects.toThrow(QuarantineFull);
    expect(told()).toEqual(['open', 'full']);
    expect(last()).toMatchObject({ refusedBytes: 200, bytesMax: 1000 });
    await pass(5 * minuteMs);
    expect(room.kept.map(({ id }) => id)).toEqual(['A', 'B']);
    // An administrator deletes: the next look finds it, within a minute.
    room.kept.shift();
    await pass(minuteMs);
    expect(told()).toEqual(['open', 'full', 'open']);
    await store('C', 200);
  });

  test('delete_oldest: the oldest go at once until a tenth is free and the refused message has room', async () => {
    const { room, store, told } = await keeper({ whenFull: 'delete_oldest' });
    for (const id of ['A', 'B', 'C', 'D', 'E']) await store(id, 200);
    await expect(store('F', 300)).rejects.toThrow(QuarantineFull);
    await atRest();
    expect(room.kept.map(({ id }) => id)).toEqual(['C', 'D', 'E']);
    expect(told()).toEqual(['open', 'full', 'expired', 'open']);
    await store('F', 300);
  });

  test('a quarantine that is over its limit at the start is full', async () => {
    const { clock, room, kept } = await keeper();
    await kept.stop();
    room.kept.push({ id: 'A', bytes: 2000, timeMs: clock.now() });
    const states: string[] = [];
    keepQuarantine({
      ...{ clock, room, limits: { bytesMax: 1000, daysMax: 30, whenFull: 'defer' } },
      inspect: (event) =>
        void (event.type === '@xstate.snapshot' && states.push(String((event.snapshot as { value?: unknown }).value))),
    });
    await atRest();
    expect(states.at(-1)).toBe('Full');
  });
});

test('a folder that cannot be read is told once, and looked at again within a minute', async () => {
  const { room, pass, told, last } = await keeper();
  room.broken = new Error('EACCES: permission denied');
  await pass(30 * minuteMs);
  expect(told()).toEqual(['open', 'failing']);
  expect(last()).toMatchObject({ reason: 'EACCES: permission denied' });
  room.broken = undefined;
  await pass(minuteMs);
  expect(told()).toEqual(['open', 'failing', 'open']);
});

test('stop waits for the look in progress, and no timer is left', async () => {
  const { clock, kept } = await keeper();
  await kept.stop();
  expect(clock.nextDueMs()).toBeUndefined();
});
