import { readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ViewDamaged } from '../../../src/adapters/projection-store/damage.ts';
import { openViewReader } from '../../../src/adapters/projection-store/open-view-reader.ts';
import { openViewStore } from '../../../src/adapters/projection-store/open-view-store.ts';
import { tryRunnerLock } from '../../../src/adapters/projection-store/runner-lock.ts';
import { viewFile } from '../../../src/adapters/projection-store/view-file.ts';
import { readIntoView } from '../../../src/projections/runtime/read-into-view.ts';
import { eventText, histories, MemorySource, processPrefix, viewsFolder } from '../../support/projections.ts';

const pageSize = 4096;
const rowCount = 300;
const source = new MemorySource();
source.size = 50;
for (let count = 1; count <= rowCount; count++) {
  source.append(eventText(processPrefix(1), count, { subject: `server/${count}` }));
}

let folder: string;
let file: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ folder, remove } = await viewsFolder());
  file = viewFile(folder, 'histories');
  await readOn();
});
afterEach(() => remove());

/** What whoever asks sees: everything, by an index, after whatever came since. */
async function readOn(): Promise<unknown[]> {
  const store = openViewStore({ folder, projection: histories, source: source.name });
  try {
    const parts = { projection: histories, store, source, now: () => 7 };
    await readIntoView(parts, { signal: new AbortController().signal, untilCaughtUp: true }, {});
    store.served()?.transact((view) => view.get('histories', 'server/150'));
    return [...store.query('histories', { where: { count: [1, 2] }, orderBy: 'at' })].map(({ subject }) => subject);
  } finally {
    store.close();
  }
}

const everything = Array.from({ length: rowCount }, (_, index) => `server/${index + 1}`);
const aside = async () => (await readdir(folder)).filter((name) => /\.damaged-[^.]*Z$/.test(name));

/** Asks; and once more if that finds the damage. */
async function ask(): Promise<{ told: unknown; found: unknown[] }> {
  try {
    return { told: undefined, found: await readOn() };
  } catch (told) {
    return { told, found: await readOn() };
  }
}

/** Bytes of a page that was never one; not random, so that a failure comes again. */
const garbage = Buffer.from(Array.from({ length: pageSize }, (_, index) => (index * 167 + 91) % 251));
const zeros = Buffer.alloc(pageSize);

describe('a damaged file', () => {
  test.each([
    ['cut off in the middle', (content: Buffer) => content.subarray(0, content.length / 2)],
    ['cut off in the header', (content: Buffer) => content.subarray(0, 60)],
    ['cut off in a page', (content: Buffer) => content.subarray(0, pageSize * 3 + 100)],
    ['with another beginning', (content: Buffer) => Buffer.concat([garbage, content.subarray(pageSize)])],
    [
      'with nothing right but the header',
      (content: Buffer) => Buffer.concat([content.subarray(0, 100), garbage, garbage]),
    ],
    ['that is a text', () => Buffer.from('this is not a database, and long enough to be taken for one'.repeat(50))],
  ])('%s is put aside, told, and made anew', async (_what, damage) => {
    await writeFile(file, damage(await readFile(file)));
    const { told, found } = await ask();
    expect(told).toBeInstanceOf(ViewDamaged);
    expect(String(told)).toMatch(
      /histories\.db was damaged \(.+\); it is kept as histories\.db\.damaged-\d{4}-.*Z, and/,
    );
    expect([found, await aside()]).toEqual([everything, [expect.anything()]]);
  });

  test('wherever it is damaged, the answer is never wrong', async () => {
    const whole = await readFile(file);
    const pages = whole.length / pageSize;
    expect(pages).toBeGreaterThan(20);
    let noticed = 0;
    for (const [name, content] of [
      ['garbage', garbage],
      ['zeros', zeros],
    ] as const) {
      for (let page = 0; page < pages; page++) {
        await writeFile(file, whole);
        await writeFile(
          file,
          Buffer.concat([whole.subarray(0, page * pageSize), content, whole.subarray((page + 1) * pageSize)]),
        );
        const { told, found } = await ask();
        if (told !== undefined) expect(told, `${name} in page ${page + 1}`).toBeInstanceOf(ViewDamaged);
        expect(found, `${name} in page ${page + 1}`).toEqual(everything);
        if (told !== undefined) noticed++;
      }
    }
    // Pages that no question touches stay unnoticed; the others do not.
    expect(noticed).toBeGreaterThan(pages);
    expect((await aside()).length).toBeLessThanOrEqual(3);
  });

  test('a page of another place is noticed by what leads there', async () => {
    const whole = await readFile(file);
    const pages = whole.length / pageSize;
    const page = (number: number) => whole.subarray((number - 1) * pageSize, number * pageSize);
    let noticed = 0;
    for (let number = 2; number < pages; number++) {
      if (page(number).equals(page(number + 1))) continue;
      await writeFile(
        file,
        Buffer.concat([whole.subarray(0, number * pageSize), page(number), whole.subarray((number + 1) * pageSize)]),
      );
      const { told } = await ask();
      if (told !== undefined) expect(told, `page ${number + 1}`).toBeInstanceOf(ViewDamaged);
      if (told !== undefined) noticed++;
    }
    expect(noticed).toBeGreaterThan(0);
  });

  test('a row that is no JSON any more', async () => {
    const db = new DatabaseSync(file);
    db.exec(`UPDATE g1_histories SET row = '{"subject":' WHERE key = 'server/7'`);
    db.close();
    const { told, found } = await ask();
    expect([told, found]).toEqual([expect.any(ViewDamaged), everything]);
  });

  test('is not put aside twice, and nobody loses what took its place', async () => {
    const [first, second] = [openViewReader(folder, 'histories'), openViewReader(folder, 'histories')];
    // Past what the readers have in memory.
    await truncate(file, pageSize * 2);
    expect(() => [...first.query('histories')]).toThrow(/is kept as/);
    expect(await readOn()).toEqual(everything);
    expect(() => [...second.query('histories')]).toThrow(/another process has put it aside/);
    first.close();
    second.close();
    expect([await readOn(), await aside()]).toEqual([everything, [expect.anything()]]);
  });

  test('what is written into a file that was taken away is refused, not lost', async () => {
    const store = openViewStore({ folder, projection: histories, source: source.name });
    const stop = new AbortController();
    const taken = store.taken(stop.signal);
    const writer = store.served();
    await rename(file, `${file}.elsewhere`);
    expect(() => writer?.transact(() => {})).toThrow(/was deleted, or put aside as damaged/);
    await taken;
    stop.abort();
    store.close();
    expect(await readOn()).toEqual(everything);
  });
});

test('a lock file that is none is made anew', async () => {
  await writeFile(join(folder, 'projections.lock'), garbage);
  const lock = tryRunnerLock(folder);
  expect(lock).toBeDefined();
  expect(tryRunnerLock(folder)).toBeUndefined();
  lock?.release();
});
