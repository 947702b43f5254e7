import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The other implementation of the filter's format, pure Python; the version that CI has, too. */
export const florPackage = 'flor==1.1.3';

/** What flor makes of a filter file. */
export interface FlorFigures {
  lookupsPerSecond: number;
  /** Of the keys `sha256('out0')`, `sha256('out1')`, … so many were said to be in it. */
  found: number;
  /** Keys a second when it builds one itself, of the same rate. */
  builtPerSecond: number;
}

/** flor as this machine has it. */
export interface Flor {
  measure(file: Buffer, lookups: number, built: number, falsePositiveRate: number): FlorFigures;
  close(): void;
}

/** Finds it, or installs it in a folder of its own; undefined where neither can be. */
export function openFlor(): Flor | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-flor-'));
  const close = () => rmSync(folder, { recursive: true, force: true });
  const python = ['python3', join(folder, 'venv/bin/python')].find((each, index) => {
    if (index === 1) install(folder);
    return spawnSync(each, ['-c', 'import flor']).status === 0;
  });
  if (python !== undefined) return { measure: (...what) => measured(python, folder, ...what), close };
  close();
  return undefined;
}

function install(folder: string): void {
  const venv = join(folder, 'venv');
  if (spawnSync('python3', ['-m', 'venv', venv]).status !== 0) return;
  spawnSync(join(venv, 'bin/python'), ['-m', 'pip', 'install', '--quiet', florPackage]);
}

const script = `
import hashlib, sys, time
from flor import BloomFilter
path, lookups, built, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
def keys(name, count):
    return [hashlib.sha256(('%s%d' % (name, i)).encode()).hexdigest().encode() for i in range(count)]
bloom = BloomFilter()
bloom.read(open(path, 'rb'))
out = keys('out', lookups)
start = time.perf_counter()
found = sum(1 for key in out if bloom.check(key))
asked = time.perf_counter() - start
own = keys('in', built)
start = time.perf_counter()
new = BloomFilter(n=built + 1, p=rate)
for key in own:
    new.add(key)
print(lookups / asked, found, built / (time.perf_counter() - start))`;

function measured(python: string, folder: string, file: Buffer, ...what: [number, number, number]): FlorFigures {
  const path = join(folder, 'x.bloom');
  writeFileSync(path, file);
  const run = spawnSync(python, ['-c', script, path, ...what.map(String)], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`flor failed: ${run.stderr}`);
  const [lookupsPerSecond = 0, found = 0, builtPerSecond = 0] = run.stdout.split(' ').map(Number);
  return { lookupsPerSecond, found, builtPerSecond };
}
