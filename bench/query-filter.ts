/**
 * The query filter: time to build, look-ups a second and measured false positives, and flor (PyPI) on the same file.
 *
 *     node bench/query-filter.ts [keys ...]        default: 1000000 10000000
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFilter } from '../src/adapters/query-filter/build.ts';
import { readFilter } from '../src/adapters/query-filter/read.ts';

const RATE = 0.0001;
const LOOKUPS = 1_000_000;
/** flor is pure Python: fewer look-ups are enough. */
const FLOR_LOOKUPS = 20_000;

interface Row {
  keys: number;
  'file MB': string;
  'build s': string;
  'hits/s': string;
  'misses/s': string;
  'wanted rate': number;
  'measured rate': string;
  'flor misses/s': string;
  'faster than flor': string;
}

const KEY_BYTES = 64;

/** So many random SHA-256 in hexadecimal, one after the other: 10 million strings would measure the garbage collector. */
function randomKeys(count: number): Buffer {
  const text = Buffer.allocUnsafe(count * KEY_BYTES);
  const slice = Buffer.allocUnsafe(1 << 20);
  for (let at = 0; at < text.length; at += slice.length * 2)
    text.write(randomFillSync(slice).toString('hex'), at, 'latin1');
  return text;
}

function* keysOf(text: Buffer, count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield text.toString('latin1', i * KEY_BYTES, (i + 1) * KEY_BYTES);
}

/** The keys that flor makes for itself, too. */
function otherKeys(): string[] {
  return Array.from({ length: LOOKUPS }, (_, i) => createHash('sha256').update(`out${i}`).digest('hex'));
}

function lookupsPerSecond(has: (key: string) => boolean, keys: readonly string[]): { rate: number; found: number } {
  const start = performance.now();
  let found = 0;
  for (const key of keys) if (has(key)) found++;
  return { rate: (keys.length / (performance.now() - start)) * 1000, found };
}

/** Look-ups a second of flor on the same file, and what it found: undefined when flor is not there. */
function flor(file: Buffer): { rate: number; found: number } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-bench-'));
  try {
    const path = join(folder, 'x.bloom');
    writeFileSync(path, file);
    const script = `
import hashlib, sys, time
from flor import BloomFilter
bloom = BloomFilter()
bloom.read(open(sys.argv[1], 'rb'))
keys = [hashlib.sha256(('out%d' % i).encode()).hexdigest().encode() for i in range(${FLOR_LOOKUPS})]
start = time.perf_counter()
found = sum(1 for key in keys if bloom.check(key))
print(len(keys) / (time.perf_counter() - start), found)`;
    const run = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' });
    if (run.status !== 0) return undefined;
    const [rate = 0, found = 0] = run.stdout.split(' ').map(Number);
    return { rate, found };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(count: number): Row {
  const text = randomKeys(count);
  const start = performance.now();
  const file = buildFilter({ keys: keysOf(text, count), capacity: count, falsePositiveRate: RATE });
  const buildSeconds = (performance.now() - start) / 1000;
  const { has } = readFilter(file);
  const members = [...keysOf(text, Math.min(count, LOOKUPS))];
  const others = otherKeys();
  const hits = lookupsPerSecond(has, members);
  if (hits.found !== members.length) throw new Error(`${members.length - hits.found} keys are missing`);
  const misses = lookupsPerSecond(has, others);
  const peer = flor(file);
  const sameFound = others.slice(0, FLOR_LOOKUPS).filter(has).length;
  if (peer && peer.found !== sameFound) throw new Error(`flor finds ${peer.found} of the others, we ${sameFound}`);
  return {
    keys: count,
    'file MB': (file.length / 1e6).toFixed(1),
    'build s': buildSeconds.toFixed(1),
    'hits/s': Math.round(hits.rate).toLocaleString('en'),
    'misses/s': Math.round(misses.rate).toLocaleString('en'),
    'wanted rate': RATE,
    'measured rate': (misses.found / others.length).toFixed(6),
    'flor misses/s': peer ? Math.round(peer.rate).toLocaleString('en') : 'pip install flor',
    'faster than flor': peer ? `${(misses.rate / peer.rate).toFixed(0)} times` : '',
  };
}

const counts = process.argv.slice(2).map(Number);
console.table((counts.length > 0 ? counts : [1_000_000, 10_000_000]).map(measure));
