import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { importFiles } from '../src/sps/data/import-files.ts';
import { starterSet } from '../src/sps/data/starter-set.ts';
import { openStore, type Store } from '../src/sps/data/store.ts';
import { buildPublication } from '../src/sps/products/build.ts';
import { type Publication, productPath } from '../src/sps/products/publication.ts';
import { type PackagedComponent, packagedComponents } from '../src/sps/protocol/component-package.ts';
import { applyDelta } from '../src/sps/protocol/delta/apply.ts';

/** Hashes of the first version. */
const keys = Number(process.env.DELTA_KEYS ?? 1_000_000);
/** Of them, so many are added in one step; each row is a step of its own from the same version. */
const shares = (process.env.DELTA_SHARES ?? '0.001,0.01,0.05').split(',').map(Number);
/** One of so many hashes is in the agent pattern, too. */
const agentEach = 20;

const patternId = 'bench';
const falsePositiveRate = 0.0001;

/** Size of deltas of all components when hashes are added, as a share of the whole files. */
export async function delta(): Promise<string> {
  const rows: string[] = [];
  for (const share of shares) rows.push(...(await step(share)));
  return [
    '| component | hashes added | whole, MB | delta, MB | share | method | applied in ms |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `From ${keys.toLocaleString('en')} hashes with names as ClamAV has them, ${100 / agentEach} % of them in the agent pattern as well. Goal: 5 % for the filter when 1 % are ` +
      'added. A result is checked against its SHA-256 as it is made.',
  ].join('\n');
}

async function step(share: number): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const store = openStore(folder, starterSet);
  const build = (before?: Publication) => buildPublication({ folder, patternId, falsePositiveRate }, before);
  try {
    await bring(store, folder, 0, keys);
    const before = await build();
    await bring(store, folder, keys, Math.ceil(keys * (1 + share)));
    const after = await build(before);
    const rows: string[] = [];
    for (const component of packagedComponents) rows.push(await row(component, share, folder, before, after));
    return rows;
  } finally {
    store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function bring(store: Store, folder: string, from: number, to: number): Promise<void> {
  for (const isAgent of [false, true]) {
    const file = join(folder, isAgent ? 'agent.hsb' : 'all.hsb');
    await pipeline(Readable.from(lines(from, to, isAgent ? agentEach : 1)), createWriteStream(file));
    await importFiles(store, [file], { agent: isAgent });
    await rm(file);
  }
}

function* lines(from: number, to: number, every: number): Generator<string> {
  for (let number = Math.ceil(from / every) * every; number < to; number += every) {
    const hash = createHash('sha256').update(String(number)).digest('hex');
    yield `${hash}:${1000 + ((number * 7919) % 900_000)}:Win.Malware.Agent-${number}-0:73\n`;
  }
}

async function row(
  component: PackagedComponent,
  share: number,
  folder: string,
  before: Publication,
  after: Publication,
): Promise<string> {
  const { files, deltas } = after.components[component];
  const olds = new Set(before.components[component].files.map(({ sha256 }) => sha256));
  const changed = files.filter(({ sha256 }) => !olds.has(sha256));
  const ways = changed.flatMap(({ sha256 }) => deltas.find(({ to, from }) => to === sha256 && olds.has(from)) ?? []);
  const whole = changed.reduce((sum, { size }) => sum + size, 0);
  const cells = [component, `${(share * 100).toFixed(1)} %`, megabytes(whole)];
  if (ways.length < changed.length) return line([...cells, '-', 'none: whole files are the better way', '', '']);
  const size = ways.reduce((sum, way) => sum + way.size, 0);
  const start = performance.now();
  for (const way of ways) {
    await applyDelta({
      ...{ delta: way, deltaPath: productPath(folder, way.sha256), oldPath: productPath(folder, way.from) },
      ...{ newPath: join(folder, 'applied'), size: files.find(({ sha256 }) => sha256 === way.to)?.size ?? 0 },
    });
  }
  const ms = performance.now() - start;
  const methods = [...new Set(ways.map(({ method }) => method))].join(', ');
  return line([...cells, megabytes(size), `${((size / whole) * 100).toFixed(2)} %`, methods, ms.toFixed(0)]);
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
