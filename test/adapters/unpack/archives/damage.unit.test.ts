import { describe, expect, test } from 'vitest';
import { openContainer } from '../../../../src/adapters/unpack/containers.ts';
import type { Entry } from '../../../../src/adapters/unpack/found.ts';
import { archive, payload, readable } from './fixtures.ts';

const access = {
  room: () => ({ bytesMax: 1e7, reason: 'too-large' as const }),
  bytesLeft: () => 2e7,
  entriesMax: 1000,
};
const PLACES = 6;
/** Damage to what says what it is makes it something else. */
const SIGNATURE_BYTES = 16;
const LEVELS = 3;

async function openAll(bytes: Buffer): Promise<Entry[]> {
  const entries: Entry[] = [];
  let contents = [bytes];
  for (let level = 0; level < LEVELS; level += 1) {
    const inner: Buffer[] = [];
    for (const content of contents) {
      for await (const entry of openContainer(content, access)) {
        entries.push(entry);
        if (entry.content) inner.push(entry.content);
      }
    }
    contents = inner;
  }
  return entries;
}

/** The payload, or bytes of its length where the format has no checksum; or something is said to be wrong. */
const isTold = (entries: readonly Entry[]) =>
  entries.some(({ content, problem }) => problem !== undefined || content?.length === payload.length);

/** No checksum and no length (Z), no signature (lzma, cpio of two bytes), a signature within (members): nothing says what is gone. */
const UNTOLD = ['payload.bin.Z', 'payload.bin.lzma', 'bin.cpio', 'members.gz'];
// Large ones are but headers and zeros outside of the payload.
const small = readable.filter((name) => archive(name).length < 6000 && !UNTOLD.includes(name));

describe('a byte that is not what it was', () => {
  test.each(small)('%s', async (name) => {
    const whole = archive(name);
    for (let place = 0; place < PLACES; place += 1) {
      const at = SIGNATURE_BYTES + Math.floor(((whole.length - SIGNATURE_BYTES) * (place + 0.37)) / PLACES);
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (place % 8));
      expect(isTold(await openAll(damaged)), `byte ${at}`).toBe(true);
    }
  });
});

test.each(UNTOLD)('%s: no damage throws', async (name) => {
  const whole = archive(name);
  for (let at = 0; at < whole.length; at += 97) {
    const damaged = Buffer.from(whole);
    damaged[at] = 0x5a;
    await openAll(damaged);
    await openAll(whole.subarray(0, at));
  }
});

describe('an archive cut off', () => {
  test.each(small)('%s', async (name) => {
    const whole = archive(name);
    for (let place = 1; place < PLACES; place += 2) {
      const length = SIGNATURE_BYTES + Math.floor(((whole.length - SIGNATURE_BYTES) * (place + 0.37)) / PLACES);
      const entries = await openAll(whole.subarray(0, length));
      expect(isTold(entries), `${length} of ${whole.length} bytes`).toBe(true);
    }
  });
});
