import { createHash, randomFillSync } from 'node:crypto';
import { buildFilter } from '../src/adapters/query-filter/build.ts';
import { readFilter } from '../src/adapters/query-filter/read.ts';
import { median } from './support/figures.ts';
import { type Flor, type FlorFigures, florPackage, openFlor } from './support/flor.ts';

const sizes = (process.env.FILTER_KEYS ?? '1000000,10000000').split(',').map(Number);
const lookups = Number(process.env.FILTER_LOOKUPS ?? 1_000_000);
const rounds = Number(process.env.FILTER_ROUNDS ?? 3);
/** flor is slow: fewer are enough. */
const florLookups = Math.min(lookups, 50_000);
const florBuilt = 50_000;
const falsePositiveRate = 0.0001;
const keyBytes = 64;

/** So many random SHA-256 in hexadecimal, one after the other: 10 million strings would measure the garbage collector. */
function randomKeys(count: number): Buffer {
  const text = Buffer.allocUnsafe(count * keyBytes);
  const slice = Buffer.allocUnsafe(1 << 20);
  for (let at = 0; at < text.length; at += slice.length * 2)
    text.write(randomFillSync(slice).toString('hex'), at, 'latin1');
  return text;
}

function* keysOf(text: Buffer, count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield text.toString('latin1', i * keyBytes, (i + 1) * keyBytes);
}

/** The keys that flor makes for itself, too. */
const others = () => Array.from({ length: lookups }, (_, i) => createHash('sha256').update(`out${i}`).digest('hex'));

interface Lookups {
  perSecond: number;
  found: number;
}

function lookUp(has: (key: string) => boolean, keys: readonly string[]): Lookups {
  const start = performance.now();
  let found = 0;
  for (const key of keys) if (has(key)) found++;
  return { perSecond: (keys.length / (performance.now() - start)) * 1000, found };
}

/** The query filter: time to build, look-ups a second and false positives, and flor on the same file, in turn. */
export async function filter(): Promise<string> {
  const flor = openFlor();
  try {
    const rows = sizes.map((keys) => row(keys, flor));
    const head = [
      ...['keys', 'file MB', 'build s', 'keys/s', 'hits/s', 'misses/s', 'false positives wanted', 'measured'],
      ...['flor: misses/s', 'times flor', 'flor: keys/s in a build', 'times flor'],
    ];
    const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    const with_ = flor
      ? `flor is ${florPackage}: the same file, the same ${florLookups} keys, the same answers; its build is of ${florBuilt} keys.`
      : `flor was not run: \`python3 -m pip install ${florPackage}\`.`;
    return `${table}\n\nThe filter is full: as many keys as it was made for. Median of ${rounds} rounds, each with flor beside us. ${with_}`;
  } finally {
    flor?.close();
  }
}

function row(count: number, flor: Flor | undefined): string[] {
  const text = randomKeys(count);
  const start = performance.now();
  const file = buildFilter({ keys: keysOf(text, count), capacity: count, falsePositiveRate });
  const seconds = (performance.now() - start) / 1000;
  const { has } = readFilter(file);
  const members = [...keysOf(text, Math.min(count, lookups))];
  const out = others();
  const figures = Array.from({ length: rounds }, () => round(file, has, members, out, flor));
  const of = (value: (figure: Round) => number) => median(figures.map(value));
  const [{ misses } = { misses: { found: 0 } }] = figures;
  return [
    ...[number(count), (file.length / 1e6).toFixed(1), seconds.toFixed(1), number(count / seconds)],
    ...[number(of(({ hits }) => hits.perSecond)), number(of(({ misses: { perSecond } }) => perSecond))],
    ...[String(falsePositiveRate), (misses.found / out.length).toFixed(6)],
    ...(flor === undefined ? ['not run', '', 'not run', ''] : florCells(of, count / seconds)),
  ];
}

interface Round {
  hits: Lookups;
  misses: Lookups;
  flor?: FlorFigures;
}

function round(
  file: Buffer,
  has: (key: string) => boolean,
  members: readonly string[],
  out: readonly string[],
  flor: Flor | undefined,
): Round {
  const hits = lookUp(has, members);
  if (hits.found !== members.length) throw new Error(`${members.length - hits.found} keys are missing`);
  const misses = lookUp(has, out);
  if (flor === undefined) return { hits, misses };
  const peer = flor.measure(file, florLookups, florBuilt, falsePositiveRate);
  const same = out.slice(0, florLookups).filter(has).length;
  if (peer.found !== same) throw new Error(`flor finds ${peer.found} of the others, we ${same}`);
  return { hits, misses, flor: peer };
}

function florCells(of: (value: (figure: Round) => number) => number, builtPerSecond: number): string[] {
  return [
    number(of(({ flor }) => flor?.lookupsPerSecond ?? 0)),
    of(({ misses, flor }) => misses.perSecond / (flor?.lookupsPerSecond ?? 1)).toFixed(0),
    number(of(({ flor }) => flor?.builtPerSecond ?? 0)),
    of(({ flor }) => builtPerSecond / (flor?.builtPerSecond ?? 1)).toFixed(0),
  ];
}

const number = (value: number) => Math.round(value).toLocaleString('en');
