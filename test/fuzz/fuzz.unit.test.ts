import { describe, expect, test } from 'vitest';
import { corpusOf } from './corpus.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import { needed, search, type Target } from './search.ts';
import { targets } from './targets.ts';
import { ticklish } from './ticklish.ts';

/** Changed inputs of each target in CI; `npm run fuzz` does as many as there is time for. */
const RUNS = 60;

test.each(Object.values(targets))(
  '$name: the corpus and what is near it keep every promise',
  { timeout: 180_000 },
  async (target) => {
    const corpus = corpusOf(target.name);
    const known = target.seeds().length + corpus.length;
    const { runs, findings } = await search(target, {
      corpus,
      seed: 20261124,
      folder: '/src/adapters/',
      goesOn: (runs) => runs < known + RUNS,
    });
    expect(findings.map(({ problem, input }) => `${problem}\n${input.toString('base64')}`)).toEqual([]);
    expect(runs).toBe(known + RUNS);
  },
);

describe('the search', () => {
  const target: Target = {
    name: 'ticklish',
    seeds: () => [Buffer.from('a')],
    words: ['x', 'z', '<'].map((word) => Buffer.from(word)),
    check: async (input) => ticklish(input),
  };
  const searchUntil = (folder: string, most: number) =>
    search(target, { corpus: [], seed: 7, folder, goesOn: (runs) => runs < most });

  test('finds what only an input of three steps breaks, since it sees each step; of what it found only the needed is kept', async () => {
    const folder = '/test/fuzz/ticklish';
    const { findings, kept } = await searchUntil(folder, 1000);
    expect(findings.map(({ problem }) => problem)).toEqual([expect.stringContaining('tickled')]);
    const few = await needed(target, [...kept, ...kept], { folder });
    expect(few.length).toBeGreaterThan(0);
    expect(few.length).toBeLessThanOrEqual(kept.length);
  });

  test('does not find it by chance alone', async () => {
    expect((await searchUntil('/nowhere/', 1000)).findings).toEqual([]);
  });

  test('the same seed makes the same changes', () => {
    const stock = { words: [Buffer.from('word')], other: Buffer.from('another input') };
    const changes = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 200 }, () => mutate(Buffer.from('some input of some length'), random, stock));
    };
    expect(changes(1)).toEqual(changes(1));
    expect(changes(1)).not.toEqual(changes(2));
  });
});
