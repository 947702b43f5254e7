import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gather } from '../../../src/adapters/backup/gather.ts';
import { starterSet } from '../../../src/sps/data/starter-set.ts';
import { openStore } from '../../../src/sps/data/store.ts';
import { isWholeCopy } from '../../../src/sps/data/whole-copy.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sps-copy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a copy as a backup makes it is whole, and nothing is made beside it; without a file of entries it is not', async () => {
  const [from, to] = [join(folder, 'sps'), join(folder, 'copy')];
  expect(isWholeCopy(from)).toBe(true);
  const store = openStore(from, starterSet);
  await gather({ from, to, mayLink: true, onProgress: () => {} });
  store.close();
  const before = readdirSync(to);
  expect(isWholeCopy(to)).toBe(true);
  expect(readdirSync(to)).toEqual(before);
  const again = openStore(to, () => []);
  again.close();
  cpSync(to, join(folder, 'other'), { recursive: true });
  const [one = ''] = readdirSync(join(folder, 'other', 'entries'));
  rmSync(join(folder, 'other', 'entries', one));
  expect(isWholeCopy(join(folder, 'other'))).toBe(false);
});
