import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeDelta } from '../../../src/sps/distribution/encode-delta.ts';
import { applyDelta } from '../../../src/sps/protocol/delta/apply.ts';
import { blockBytesMax, DeltaInvalid, windowBits } from '../../../src/sps/protocol/delta/format.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'delta-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const place = (name: string) => join(folder, name);

/** The delta from one content to another; undefined when the whole file is better. */
function deltaOf(ending: 'bloom' | 'hsb', old: Uint8Array, neu: Uint8Array) {
  writeFileSync(place(`old.${ending}`), old);
  writeFileSync(place(`new.${ending}`), neu);
  return encodeDelta(place(`old.${ending}`), place(`new.${ending}`), ending === 'bloom' ? 'bits' : 'zstd');
}
async function applied(method: 'bits' | 'zstd', old: Uint8Array, delta: Uint8Array, to: string, size: number) {
  writeFileSync(place('old'), old);
  writeFileSync(place('delta'), delta);
  const paths = { deltaPath: place('delta'), oldPath: place('old'), newPath: place('result') };
  await applyDelta({ delta: { method, to }, ...paths, size });
  return readFileSync(place('result'));
}
async function roundTrip(ending: 'bloom' | 'hsb', old: Uint8Array, neu: Uint8Array): Promise<number> {
  const delta = deltaOf(ending, old, neu);
  if (!delta) throw new Error('no delta');
  const result = await applied(delta.method, old, delta.content, sha256(neu), neu.length);
  expect(result.equals(neu)).toBe(true);
  return delta.content.length / neu.length;
}

const rubbish = (length: number, seed: string) => {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, n) =>
    createHash('sha256').update(`${seed}${n}`).digest(),
  );
  return Buffer.concat(parts).subarray(0, length);
};
function flipped(content: Buffer, positions: readonly number[]): Buffer {
  const result = Buffer.from(content);
  for (const position of positions) result[position >> 3] = (result[position >> 3] ?? 0) ^ (1 << (position & 7));
  return result;
}
const lines = (from: number, to: number, seed = '') =>
  Array.from(
    { length: to - from },
    (_, n) => `${sha256(Buffer.from(`${seed}${from + n}`))}:*:Win.Trojan.Agent-${seed}${from + n}\n`,
  );

describe('bits', () => {
  test('any bits of any file', async () => {
    const any = fc.tuple(
      fc.integer({ min: 200, max: 5000 }),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(any, async ([length, shares]) => {
        const old = rubbish(length, 'any');
        await roundTrip(
          'bloom',
          old,
          flipped(
            old,
            shares.map((share) => Math.floor(share * length * 8)),
          ),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('the first bit, the last one, all around the pieces, and none', async () => {
    const old = rubbish(3 * 1024 * 1024 + 5, 'edges');
    const piece = 8 * 1024 * 1024;
    await roundTrip('bloom', old, flipped(old, [0, 1, piece - 1, piece, 2 * piece - 1, 2 * piece, old.length * 8 - 1]));
    expect(await roundTrip('bloom', old, old)).toBeLessThan(0.0001);
  });

  test('not worth it when the files differ much, or in size', () => {
    expect(deltaOf('bloom', rubbish(10_000, 'a'), rubbish(10_000, 'b'))).toBeUndefined();
    expect(deltaOf('bloom', rubbish(10_000, 'a'), rubbish(10_001, 'a'))).toBeUndefined();
  });
});

describe('zstd', () => {
  test('lines added, removed and changed anywhere, over many blocks', async () => {
    const old = lines(0, 100_000);
    const neu = [...lines(0, 50, 'x'), ...old.filter((_, n) => n % 97 !== 0), ...lines(0, 50, 'y')];
    for (let n = 0; n < 1000; n++)
      neu.splice((n * 9973) % neu.length, 0, `${sha256(Buffer.from(`new ${n}`))}:1:New.${n}\n`);
    const [before, after] = [Buffer.from(old.join('')), Buffer.from(neu.join(''))];
    expect(after.length).toBeGreaterThan(3 * blockBytesMax);
    expect(await roundTrip('hsb', before, after)).toBeLessThan(0.015);
  });

  test('much that comes or goes at one place is found again behind it', async () => {
    const old = lines(0, 200_000);
    const neu = [...old.slice(0, 30_000), ...lines(0, 9000, 'x'), ...old.slice(30_000, 90_000), ...old.slice(98_000)];
    expect(await roundTrip('hsb', Buffer.from(old.join('')), Buffer.from(neu.join('')))).toBeLessThan(0.04);
  });

  test('to and from a small file, and from an empty one', async () => {
    await roundTrip('hsb', Buffer.from(lines(0, 10).join('')), Buffer.from(lines(0, 5000).join('')));
    await roundTrip('hsb', Buffer.from(lines(0, 5000).join('')), Buffer.from(lines(0, 100).join('')));
    await roundTrip('hsb', Buffer.alloc(0), Buffer.alloc(5000, 'a'));
  });

  test('not worth it for what has nothing in common', () => {
    expect(deltaOf('hsb', rubbish(100_000, 'a'), rubbish(100_000, 'b'))).toBeUndefined();
  });
});

describe('a delta that is damaged or was made to harm is refused', () => {
  const old = rubbish(20_000, 'hostile');
  const neu = flipped(old, [5, 99, 10_000, 100_000]);

  test.each(['bits', 'zstd'] as const)('%s: any changed, missing or further bytes', async (method) => {
    const good = deltaOf(method === 'bits' ? 'bloom' : 'hsb', old, neu)?.content ?? Buffer.alloc(0);
    const damage = fc.oneof(
      fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ by;
        return bad;
      }),
      fc.nat(good.length - 1).map((length) => good.subarray(0, length)),
      fc.uint8Array({ minLength: 1 }).map((more) => Buffer.concat([good, more])),
      fc.uint8Array({ maxLength: 100 }).map((more) => Buffer.concat([good.subarray(0, 8), more])),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (bad) => {
        try {
          // zstd has bits that mean nothing: what comes out is right then.
          expect((await applied(method, old, bad, sha256(neu), neu.length)).equals(neu)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(DeltaInvalid);
        }
      }),
      { numRuns: 400 },
    );
  });

  const refused = (method: 'bits' | 'zstd', delta: Uint8Array, size = old.length) =>
    expect(applied(method, old, delta, sha256(neu), size)).rejects;

  const bits = (count: number, parameter: number, code: number[]) => {
    const head = Buffer.alloc(17);
    head.write('SKBITS1\n');
    head.writeBigUInt64LE(BigInt(count), 8);
    head[16] = parameter;
    return Buffer.concat([head, Buffer.from(code)]);
  };

  test('bits: positions beyond the end, ones without end, absurd numbers, sizes that differ', async () => {
    await refused('bits', bits(1, 30, [0x3f, 0xff, 0xff, 0xff])).toThrow('beyond the end');
    await refused('bits', bits(1, 0, new Array(30_000).fill(0xff))).toThrow('beyond the end');
    await refused('bits', bits(2, 0, [])).toThrow('cut off');
    await refused('bits', bits(2 ** 40, 0, [0])).toThrow('absurd');
    await refused('bits', bits(1, 200, [0])).toThrow('absurd');
    await refused('bits', bits(1, 0, [0x01])).toThrow('more than it says');
    await refused('bits', bits(1, 0, [0, 0])).toThrow('more than it says');
    await refused('bits', bits(0, 0, []), 20_001).toThrow('differ in size');
    await refused('bits', Buffer.alloc(5)).toThrow('5 bytes');
  });

  const block = (fields: { start?: number; old?: number; neu?: number; frame?: Buffer }) => {
    const { start = 0, old: oldLength = 0, neu: newLength = 10, frame = zstdCompressSync(Buffer.alloc(10)) } = fields;
    const head = Buffer.alloc(20);
    head.writeBigUInt64LE(BigInt(start), 0);
    head.writeUInt32LE(oldLength, 8);
    head.writeUInt32LE(newLength, 12);
    head.writeUInt32LE(frame.length, 16);
    return Buffer.concat([head, frame]);
  };
  const zstd = (...blocks: Buffer[]) => Buffer.concat([Buffer.from('SKZSTD1\n'), ...blocks]);

  test('zstd: blocks beyond the old file, more or less than declared, absurd numbers', async () => {
    await refused('zstd', zstd(block({ start: 20_000, old: 1 }))).toThrow('does not have');
    await refused('zstd', zstd(block({ start: 2 ** 53, old: 1 }))).toThrow('does not have');
    await refused('zstd', zstd(block({ old: 2 ** 31 }))).toThrow('absurd');
    await refused('zstd', zstd(block({ neu: 0 }))).toThrow('absurd');
    await refused('zstd', zstd(block({ neu: 2 ** 31 }))).toThrow('absurd');
    await refused('zstd', zstd(block({ neu: 9 }))).toThrow(DeltaInvalid);
    await refused('zstd', zstd(block({ neu: 11 }))).toThrow('10 bytes come out instead of 11');
    await refused('zstd', zstd(block({}), block({})), 15).toThrow('more than 15 bytes');
    await refused('zstd', zstd(block({})), 15).toThrow('less than 15 bytes');
    await refused('zstd', zstd(block({}).subarray(0, 24))).toThrow('cut off');
    await refused('zstd', Buffer.from('SKBITS1\n')).toThrow('not of zstd');
  });

  test('zstd: a bomb gives no more than it may, and a huge window is not made', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(200 * 1024 * 1024));
    await refused('zstd', zstd(block({ neu: blockBytesMax, frame: bomb })), 2 ** 32).toThrow(DeltaInvalid);
    const params = { [constants.ZSTD_c_windowLog]: windowBits + 2 };
    const wide = zstdCompressSync(rubbish(10 * 1024 * 1024, 'wide'), { params });
    const frame = wide.subarray(0, 16_000);
    await refused('zstd', zstd(block({ neu: blockBytesMax, frame })), 2 ** 32).toThrow(/memory|window/i);
  });

  test('a right delta of another file', async () => {
    const content = deltaOf('bloom', old, neu)?.content ?? Buffer.alloc(0);
    await expect(applied('bits', rubbish(20_000, 'other'), content, sha256(neu), 20_000)).rejects.toThrow(
      'not what the manifest says',
    );
  });

  test('nothing goes on after an abort', async () => {
    const delta = deltaOf('bloom', old, neu);
    writeFileSync(place('delta'), delta?.content ?? '');
    const paths = { deltaPath: place('delta'), oldPath: place('old.bloom'), newPath: place('result') };
    const options = { delta: { method: 'bits', to: sha256(neu) } as const, ...paths, size: 20_000 };
    await expect(applyDelta({ ...options, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
