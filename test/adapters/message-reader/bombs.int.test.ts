import { afterAll, expect, test } from 'vitest';
import { createIsolatedReader } from '../../../src/adapters/message-reader/isolated-reader.ts';
import { attachment, mail } from '../../support/mails.ts';
import { moreBombs } from '../../support/more-bombs.ts';
import { limits } from '../unpack/unpacked.ts';

/** Limits and memory as the product ships them. The threads have little else to do, so that what they take shows. */
const memoryBytesMax = 2 * limits.messageBytesMax + 256 * 2 ** 20;
const problems: string[] = [];
const reader = createIsolatedReader({
  workers: 1,
  memoryBytesMax,
  file: new URL('../../../src/wiring/read-worker.ts', import.meta.url),
  onProblem: (problem) => problems.push(problem),
});
const never = new AbortController().signal;
const read = (message: Buffer) => reader.read({ message, limits, digests: [], patterns: [], msMax: 120_000 }, never);

afterAll(async () => {
  await reader.close();
  expect(problems).toEqual([]);
});

test.each(Object.entries(moreBombs))(
  '%s: what it is, within the limits, and a mail beside it is read',
  { timeout: 240_000 },
  async (_name, bomb) => {
    const message = bomb.make();
    const beside = mail(attachment('a.txt', Buffer.from('harmless')));
    const [bad, good] = await Promise.all([read(message), read(beside)]);
    const reasons = [...new Set(bad.unscannable.map(({ reason }) => reason))];
    if (bomb.reasons.length === 0) expect(reasons).toEqual([]);
    else expect(reasons.filter((reason) => bomb.reasons.includes(reason))).not.toEqual([]);
    expect(reasons).not.toContain('crashed');
    // It was ended by its own limits, and not by the watch over memory and time: that says nothing of any file.
    expect(bad.files.length).toBeGreaterThan(0);
    expect(bad.files.length).toBeLessThanOrEqual(limits.filesMax + 1);
    expect(bad.unscannable.length).toBeLessThanOrEqual(1200);
    expect([good.unscannable, good.files.map(({ path }) => path)]).toEqual([[], [['message'], ['a.txt']]]);
  },
);
