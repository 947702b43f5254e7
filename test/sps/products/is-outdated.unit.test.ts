import { expect, test } from 'vitest';
import { isOutdated } from '../../../src/sps/products/is-outdated.ts';
import type { Product, Publication } from '../../../src/sps/products/publication.ts';

const hour = 3_600_000;
const product: Product = { number: 1, version: '1-0', builtAtMs: 0, entries: 0, files: [], deltas: [] };
const publication: Publication = {
  ...{ change: 7, builtAtMs: 100 * hour, validUntilMs: null, patternId: 'x', falsePositiveRate: 0.01 },
  ...{ filterCapacity: 10, sources: [] },
  components: { smart: product, filter: product, agent: product, conventional: product },
  earlier: { smart: [], filter: [], agent: [], conventional: [] },
};
const now = { change: 7, patternId: 'x', falsePositiveRate: 0.01, nowMs: 1000 * hour };

test('the same as before, and nothing that expires', () => {
  expect(isOutdated(publication, now)).toBe(false);
});

test.each([
  ['something was changed', { change: 8 }],
  ['a store from a backup', { change: 6 }],
  ['another pattern', { patternId: 'y' }],
  ['another rate', { falsePositiveRate: 0.001 }],
])('%s', (_, other) => {
  expect(isOutdated(publication, { ...now, ...other })).toBe(true);
});

test.each([
  ['not yet', 200, 199, false],
  ['now', 200, 200, true],
  ['at once, but built within the hour', 100.5, 100.9, false],
  ['at once, built an hour ago', 100.5, 101, true],
])('entries expire: %s', (_, validUntil, at, outdated) => {
  expect(isOutdated({ ...publication, validUntilMs: validUntil * hour }, { ...now, nowMs: at * hour })).toBe(outdated);
});
