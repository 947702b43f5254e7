import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addSize, createSizeSet, mayHaveSize } from '../../../src/adapters/hash-signatures/size-set.ts';

const size = fc.integer({ min: 0, max: 2 ** 32 - 2 });

it('never denies a size that was added', () => {
  fc.assert(
    fc.property(fc.array(size, { maxLength: 500 }), (sizes) => {
      const set = createSizeSet(sizes.length);
      for (const each of sizes) addSize(set, each);
      expect(sizes.every((each) => mayHaveSize(set, each))).toBe(true);
    }),
  );
});

it('tells nearly all others apart', () => {
  const set = createSizeSet(1000);
  for (let each = 0; each < 1000; each++) addSize(set, each * 7919);
  const others = Array.from({ length: 10_000 }, (_, index) => index * 7919 + 1);
  expect(others.filter((each) => mayHaveSize(set, each)).length).toBeLessThan(2000);
});

it('one that holds every size says so', () => {
  expect(mayHaveSize({ ...createSizeSet(0), any: true }, 5)).toBe(true);
  expect(mayHaveSize(createSizeSet(0), 5)).toBe(false);
});
