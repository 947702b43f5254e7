import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { QuarantineFull } from '../../../src/actors/ports/quarantine-room.ts';
import { openQuarantine } from '../../../src/adapters/quarantine/open-quarantine.ts';
import { createQuarantineRoom } from '../../../src/adapters/quarantine/quarantine-room.ts';
import { entryOf } from './entries.ts';

const idOf = (number: number) => `AAAAAAAA-0000-4000-8000-${String(number).padStart(12, '0')}`;
const content = (bytes: number) => [Buffer.alloc(bytes, 'x')];
const midnight = (day: string) => Date.parse(`${day}T00:00:00Z`);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quarantine-room-'));
});
afterEach(() => rm(folder, { recursive: true }));

const room = (bytesMax: number) => createQuarantineRoom({ folder, bytesMax });
const stored = async () => (await openQuarantine(folder).list()).entries.map(({ id }) => Number(id.slice(-3))).sort();

/** Stores a message of 10,000 bytes; later ones are newer. */
async function store(quarantine: ReturnType<typeof room>, number: number, day: string): Promise<void> {
  await quarantine.store(entryOf(idOf(number), { time: `${day}T12:00:00.000Z` }), content(10_000));
  for (const ending of ['eml', 'json']) await utimes(join(folder, day, `${idOf(number)}.${ending}`), number, number);
}

describe('size', () => {
  test('a message that would go over the limit is refused, and nothing of it stays', async () => {
    const quarantine = room(25_000);
    await store(quarantine, 1, '2026-03-01');
    await store(quarantine, 2, '2026-03-01');
    await expect(store(quarantine, 3, '2026-03-01')).rejects.toThrow(QuarantineFull);
    expect(await stored()).toEqual([1, 2]);
    expect(await readdir(join(folder, '2026-03-01'))).toHaveLength(4);
  });

  test('many at the same time never go over it together', async () => {
    const quarantine = room(55_500);
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, number) => quarantine.store(entryOf(idOf(number)), content(10_000))),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(await stored()).toHaveLength(5);
  });

  test('what was there before counts; what somebody deletes is found by the next measure', async () => {
    await store(room(0), 1, '2026-03-01');
    const quarantine = room(15_000);
    await expect(store(quarantine, 2, '2026-03-01')).rejects.toThrow(QuarantineFull);
    await openQuarantine(folder).delete(idOf(1));
    expect(await quarantine.measure()).toEqual({ messages: 0, bytes: 0 });
    await store(quarantine, 2, '2026-03-01');
  });

  test('what failed to be stored takes no room', async () => {
    const quarantine = room(15_000);
    await writeFile(join(folder, '2026-03-01'), 'not a folder');
    await expect(store(quarantine, 1, '2026-03-01')).rejects.toThrow();
    await rm(join(folder, '2026-03-01'));
    await store(quarantine, 1, '2026-03-01');
  });
});

describe('expiry', () => {
  test('by age: days that were over, in portions, with their folders', async () => {
    const quarantine = room(0);
    for (const [number, day] of [
      [1, '2026-03-01'],
      [2, '2026-03-01'],
      [3, '2026-03-02'],
      [4, '2026-03-03'],
    ] as const)
      await store(quarantine, number, day);
    expect(await quarantine.expireBefore(midnight('2026-03-01') + 1, 100)).toEqual([]);
    const first = await quarantine.expireBefore(midnight('2026-03-03'), 2);
    expect(first.toSorted()).toEqual([idOf(1), idOf(2)]);
    expect(await quarantine.expireBefore(midnight('2026-03-03'), 2)).toEqual([idOf(3)]);
    expect(await quarantine.expireBefore(midnight('2026-03-03'), 2)).toEqual([]);
    expect(await readdir(folder)).toEqual(['2026-03-03']);
  });

  test('for room: the oldest first, until there is enough', async () => {
    const quarantine = room(0);
    for (const [number, day] of [
      [3, '2026-03-02'],
      [1, '2026-03-01'],
      [2, '2026-03-01'],
      [4, '2026-03-02'],
    ] as const)
      await store(quarantine, number, day);
    expect(await quarantine.expireDownTo(25_000, 100)).toEqual([idOf(1), idOf(2)]);
    expect(await quarantine.expireDownTo(25_000, 100)).toEqual([]);
    expect(await quarantine.expireDownTo(0, 1)).toEqual([idOf(3)]);
    expect(await stored()).toEqual([4]);
  });

  test('for room: what is perhaps just being stored stays', async () => {
    const quarantine = room(0);
    const today = new Date().toISOString().slice(0, 10);
    await store(quarantine, 1, today);
    await rm(join(folder, today, `${idOf(1)}.json`));
    expect(await quarantine.expireDownTo(0, 100)).toEqual([]);
  });

  test('what a crash left goes with its day; foreign files are not touched', async () => {
    const quarantine = room(0);
    await store(quarantine, 1, '2026-03-01');
    await rm(join(folder, '2026-03-01', `${idOf(1)}.json`));
    await writeFile(join(folder, '2026-03-01', 'notes.txt'), 'x');
    expect(await quarantine.expireBefore(midnight('2026-03-02'), 100)).toEqual([idOf(1)]);
    expect(await readdir(join(folder, '2026-03-01'))).toEqual(['notes.txt']);
  });
});
