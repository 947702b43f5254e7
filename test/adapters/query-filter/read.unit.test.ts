import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildFilter } from '../../../src/adapters/query-filter/build.ts';
import { FilterInvalid } from '../../../src/adapters/query-filter/format.ts';
import { readFilter } from '../../../src/adapters/query-filter/read.ts';

const good = buildFilter({ keys: ['a', 'b'], capacity: 100, falsePositiveRate: 0.01, data: Buffer.from('data') });

function changed(change: (file: Buffer) => void): Buffer {
  const file = Buffer.from(good);
  change(file);
  return file;
}

const bad: [string, Buffer, string][] = [
  ['an empty file', Buffer.alloc(0), '0 bytes are too few for a header'],
  ['half a header', good.subarray(0, 40), '40 bytes are too few for a header'],
  ['a web page', Buffer.from('<!DOCTYPE html>'.repeat(10)), 'version 60 is not 1'],
  ['version 2', changed((file) => file.writeUInt8(2, 0)), 'version 2 is not 1'],
  ['capacity 0', changed((file) => file.writeBigUInt64LE(0n, 8)), 'capacity 0'],
  ['an absurd rate', changed((file) => file.writeDoubleLE(-3, 16)), 'false positive rate -3'],
  ['no rate', changed((file) => file.writeDoubleLE(Number.NaN, 16)), 'false positive rate NaN'],
  ['no hashes: it would claim everything', changed((file) => file.writeBigUInt64LE(0n, 24)), 'number of hashes 0'],
  ['too many hashes', changed((file) => file.writeBigUInt64LE(65n, 24)), 'number of hashes 65'],
  ['no bits', changed((file) => file.writeBigUInt64LE(0n, 32)), 'number of bits 0'],
  ['absurdly many bits', changed((file) => file.writeBigUInt64LE(2n ** 63n, 32)), 'number of bits'],
  [
    'more bits than allowed',
    changed((file) => file.writeBigUInt64LE(2n ** 34n, 32)),
    'more than the allowed 1073741824',
  ],
  ['an absurd count', changed((file) => file.writeBigUInt64LE(2n ** 60n, 40)), 'count'],
  ['bits cut off', good.subarray(0, 100), 'truncated: 100 bytes instead of at least'],
  ['half a gzip', gzipSync(good).subarray(0, 60), 'damaged gzip'],
  ['gzip of rubbish', gzipSync(Buffer.from('rubbish')), '7 bytes are too few for a header'],
];

describe('readFilter', () => {
  it.each(bad)('refuses %s', (_, file, message) => {
    expect(() => readFilter(file)).toThrow(FilterInvalid);
    expect(() => readFilter(file)).toThrow(message);
  });

  it('refuses more bytes than allowed, plain and unpacked', () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    expect(() => readFilter(good, { bytesMax: 100 })).toThrow(/more than the allowed 100/);
    expect(() => readFilter(bomb, { bytesMax: 10_000 })).toThrow('more than 10000 bytes when unpacked');
  });

  it('reads at any offset of a larger buffer, and takes strings and bytes alike', () => {
    const larger = Buffer.concat([Buffer.alloc(3), good]);
    const filter = readFilter(larger.subarray(3));
    expect([filter.has('a'), filter.has(Buffer.from('b')), filter.has('c')]).toEqual([true, true, false]);
    expect(filter.data.toString()).toBe('data');
  });

  it('either opens rubbish or refuses it with its own error', () => {
    const headers = fc.tuple(fc.nat(good.length - 1), fc.uint8Array({ minLength: 1, maxLength: 16 }));
    fc.assert(
      fc.property(headers, fc.nat(good.length), ([at, bytes], end) => {
        const file = changed((copy) => copy.set(bytes.subarray(0, copy.length - at), at)).subarray(0, end);
        try {
          expect(typeof readFilter(file).has('a')).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(FilterInvalid);
        }
      }),
    );
  });
});
