import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fingerprint } from '../../../src/adapters/query-filter/fingerprint.ts';
import { BITS_MAX } from '../../../src/adapters/query-filter/format.ts';

/** The definition, in the arithmetic that is too slow for use. */
function reference(key: Uint8Array, bits: number, count: number): number[] {
  const mask = 2n ** 64n - 1n;
  const modulus = 18446744073709551557n;
  let h = 14695981039346656037n;
  for (const byte of key) h = ((h * 1099511628211n) & mask) ^ BigInt(byte);
  h %= modulus;
  return Array.from({ length: count }, () => {
    h = ((h * 18446744073709550147n) & mask) % modulus;
    return Number(h % BigInt(bits));
  });
}

function ours(key: string | Uint8Array, bits: number, count: number): number[] {
  const fingerprint = new Fingerprint(bits);
  fingerprint.start(key);
  return Array.from({ length: count }, () => fingerprint.next());
}

const anyBits = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  fc.maxSafeInteger().map((n) => (Math.abs(n) % BITS_MAX) + 1),
  fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, BITS_MAX - 1, BITS_MAX),
);

it('the bits of a key are those of the definition, for every size of filter', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), anyBits, (key, bits) => {
      expect(ours(key, bits, 24)).toEqual(reference(key, bits, 24));
    }),
    { numRuns: 2000 },
  );
});

it('a string stands for its UTF-8 bytes, with and without characters beyond ASCII', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' })), anyBits, (key, bits) => {
      expect(ours(key, bits, 8)).toEqual(reference(Buffer.from(key, 'utf8'), bits, 8));
    }),
    { numRuns: 500 },
  );
});
