import { execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFilter } from '../../../src/adapters/query-filter/build.ts';
import { readFilter } from '../../../src/adapters/query-filter/read.ts';

/** Filters made by flor, another implementation of the format; see make.py beside them. */
const fixtures = join(import.meta.dirname, '../../fixtures/bloom');
interface Expected {
  capacity: number;
  rate: number;
  keys: number;
  count: number;
  data: string;
  falsePositives: number[];
}
const expected: Record<string, Expected> = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8'));
const keys = (count: number, prefix = '') => Array.from({ length: count }, (_, i) => hash('sha256', `${prefix}${i}`));

describe.each(Object.entries(expected))('the flor fixture "%s"', (name, wanted) => {
  const file = readFileSync(join(fixtures, `${name}.bloom`));
  const filter = readFilter(file);

  it('gives the header and the data', () => {
    expect(filter).toMatchObject({
      capacity: wanted.capacity,
      falsePositiveRate: wanted.rate,
      count: wanted.count,
      data: Buffer.from(wanted.data, 'hex'),
    });
  });

  it('holds every key, and has exactly the false positives that flor has', () => {
    expect(keys(wanted.keys).filter((key) => !filter.has(key))).toEqual([]);
    const positives = keys(1000, 'x').flatMap((key, i) => (filter.has(key) ? [i] : []));
    expect(positives).toEqual(wanted.falsePositives);
  });

  it('is what we build from the same keys, byte for byte', () => {
    const options = {
      capacity: wanted.capacity,
      falsePositiveRate: wanted.rate,
      data: Buffer.from(wanted.data, 'hex'),
    };
    expect(buildFilter({ ...options, keys: keys(wanted.keys) }).equals(file)).toBe(true);
  });
});

it('a filter of flor packed with gzip reads the same', () => {
  const filter = readFilter(readFileSync(join(fixtures, 'small.bloom.gz')));
  expect(filter.count).toBe(expected.small?.count);
  expect(keys(expected.small?.keys ?? 0).every((key) => filter.has(key))).toBe(true);
});

const hasFlor = spawnSync('python3', ['-c', 'import flor']).status === 0;
const title = 'flor reads what we build, and we read what it makes';
it.skipIf(!hasFlor)(hasFlor ? title : `${title} (skipped: pip install flor)`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-flor-'));
  try {
    const ours = join(folder, 'ours.bloom');
    const theirs = join(folder, 'theirs.bloom');
    const file = buildFilter({
      keys: keys(20_000),
      capacity: 20_001,
      falsePositiveRate: 0.001,
      data: Buffer.from('d'),
    });
    await writeFile(ours, file);
    const script = `
import hashlib, sys
from flor import BloomFilter
key = lambda text: hashlib.sha256(text.encode()).hexdigest().encode()
ours = BloomFilter()
ours.read(open(sys.argv[1], 'rb'))
theirs = BloomFilter(20001, 0.001, b'd')
for i in range(20000): theirs.add(key(str(i)))
theirs.write(open(sys.argv[2], 'wb'))
print(all(ours.check(key(str(i))) for i in range(20000)), ours.N, [i for i in range(5000) if ours.check(key('x%d' % i))])
`;
    const said = execFileSync('python3', ['-c', script, ours, theirs], { encoding: 'utf8' }).trim();
    const filter = readFilter(file);
    const positives = keys(5000, 'x').flatMap((key, i) => (filter.has(key) ? [i] : []));
    expect(said).toBe(`True ${filter.count} [${positives.join(', ')}]`);
    expect(readFileSync(theirs).equals(file)).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});
