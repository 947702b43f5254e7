import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createJournal } from '../../../src/adapters/journal/create-journal.ts';
import { collect, testEvent, until } from '../../support/journal-conformance.ts';
import { temporaryFolder } from './embedded-journal.ts';

const MIB = 1024 ** 2;
const folder = await temporaryFolder();
const isMounted = mount('size=8m');

function mount(options: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Takes all space but `leftBytes`, as another program might. */
function fillDisk(leftBytes: number): void {
  const block = Buffer.alloc(4096);
  const reserve = openSync(join(folder, 'reserve'), 'w');
  writeSync(reserve, Buffer.alloc(leftBytes));
  const filler = openSync(join(folder, 'filler'), 'w');
  try {
    for (;;) writeSync(filler, block);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(filler);
    closeSync(reserve);
    rmSync(join(folder, 'reserve'));
  }
}

describe.skipIf(!isMounted)('D8: a full disk (needs the right to mount a tmpfs)', () => {
  beforeAll(() => expect(isMounted).toBe(true));
  afterAll(async () => {
    execFileSync('umount', [folder]);
    await rm(folder, { recursive: true });
  });

  test.each([
    ['ENOSPC while writing', 0, 0],
    ['less free than is to be kept', 2 * MIB, 3 * MIB],
  ])('%s: disk-full, and open again when there is room; nothing lost, nothing twice', async (_, left, freeBytesMin) => {
    const problems: string[] = [];
    const journal = await createJournal({
      folder,
      freeBytesMin,
      retryMs: 5,
      onProblem: ({ message, cause }) => problems.push(`${message}: ${cause}`),
    });
    const before = journal.head();
    let number = before;
    const append = () => {
      number += 1;
      journal.append('scans', testEvent(number, { data: { number, text: 'x'.repeat(50_000) } }));
    };
    append();
    await journal.durable();
    fillDisk(left);
    await until(async () => {
      append();
      return journal.durable().then(
        () => false,
        (error) => error.state === 'disk-full',
      );
    });
    expect(journal.state()).toBe('disk-full');
    expect(problems[0]).toMatch(/journal is disk-full: .+/);
    append();
    rmSync(join(folder, 'filler'));
    await until(() => journal.state() === 'open');
    await journal.durable();
    const all = await collect(journal.read({ after: before }));
    expect(all.map(({ event }) => event.data.number)).toEqual(all.map(({ sequence }) => sequence));
    expect(all.at(-1)?.sequence).toBe(number);
    await journal.close();
  });

  test('a folder on a read-only file system is a clear error', async () => {
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    await expect(createJournal({ folder })).rejects.toMatchObject({
      name: 'JournalFolderUnusable',
      message: expect.stringContaining(folder),
    });
  });
});
