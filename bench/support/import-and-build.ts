import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { importFiles } from '../../src/sps/data/import-files.ts';
import { openSnapshot } from '../../src/sps/data/snapshot.ts';
import { starterSet } from '../../src/sps/data/starter-set.ts';
import { openStore } from '../../src/sps/data/store.ts';
import { buildPublication } from '../../src/sps/products/build.ts';

/*
 * Import of many SHA-256, with names as ClamAV has them, and what comes after: the same file once more, a few new ones into the large
 * source, reading everything, and building smart scan pattern and filter. Prints the rows of a table. SPS_IMPORT_COUNT (50,000,000), SPS_IMPORT_FOLDER
 * (a new one in the folder for temporary files).
 */
const count = Number(process.env.SPS_IMPORT_COUNT ?? 50_000_000);
const folder = mkdtempSync(join(process.env.SPS_IMPORT_FOLDER ?? tmpdir(), 'sps-import-'));

/** As random as hashes are, and many times faster to make. */
function* lines(start: number, end: number): Generator<string> {
  let state = 0x9e3779b9 ^ start;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0).toString(16).padStart(8, '0');
  };
  for (let number = start; number < end; number++) {
    const hash = number.toString(16).padStart(8, '0');
    yield `${next()}${next()}${next()}${next()}${hash}${next()}${next()}${next()}:${number % 900_000}:Win.Malware.Agent-${number}-0:73\n`;
  }
}

async function write(name: string, start: number, end: number): Promise<string> {
  const file = join(folder, name);
  const stream = createWriteStream(file);
  let text = '';
  for (const line of lines(start, end)) {
    text += line;
    if (text.length < 1_000_000) continue;
    if (!stream.write(text)) await new Promise((resolve) => stream.once('drain', () => resolve(undefined)));
    text = '';
  }
  stream.end(text);
  await finished(stream);
  return file;
}

/** Peak of resident memory so far, MB. */
function peakMb(): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024);
}

function diskMb(path: string): number {
  const names = readdirSync(path, { recursive: true, withFileTypes: true });
  const bytes = names.filter((one) => one.isFile()).map((one) => statSync(join(one.parentPath, one.name)).size);
  return Math.round(bytes.reduce((sum, size) => sum + size, 0) / 1e6);
}

async function step(what: string, entries: number, work: () => Promise<string> | string): Promise<void> {
  const start = performance.now();
  const told = await work();
  const seconds = (performance.now() - start) / 1000;
  const rate = Math.round(entries / seconds).toLocaleString('en');
  process.stdout.write(`| ${what} | ${seconds.toFixed(1)} | ${rate} | ${peakMb()} | ${told} |\n`);
}

try {
  const [large, small] = [await write('large.hsb', 0, count), await write('small.hsb', count, count + 1000)];
  const mb = Math.round(statSync(large).size / 1e6);
  process.stdout.write(
    `A file of ${count.toLocaleString('en')} lines, ${mb} MB.\n\n| step | s | entries/s | peak RSS so far, MB | disk |\n|---|---|---|---|---|\n`,
  );
  const spsFolder = join(folder, 'sps');
  const store = openStore(spsFolder, starterSet);
  let diskMax = 0;
  const bring = async (file: string) => {
    const onWrite = () => {
      diskMax = Math.max(diskMax, diskMb(spsFolder));
    };
    const { sources } = await importFiles(store, [file], { onWrite, setting: { onlySmart: true } });
    return `${sources[0]?.counts.sha256?.added} new; ${diskMb(spsFolder)} MB, at most ${diskMax} MB`;
  };
  await step('first import', count, () => bring(large));
  await step('the same once more', count, () => bring(large));
  await step('1000 new ones', 1000, () => bring(small));
  store.close();
  await step('reading all for a build', count, () => {
    const snapshot = openSnapshot(spsFolder, Date.now());
    let read = 0;
    for (const _ of snapshot.smart()) read++;
    snapshot.close();
    return `${read} entries`;
  });
  await step('build of smart scan pattern and filter', count, async () => {
    await buildPublication({ folder: spsFolder, patternId: 'bench', falsePositiveRate: 0.0001 }, undefined);
    return `${diskMb(spsFolder)} MB with both`;
  });
} finally {
  rmSync(folder, { recursive: true });
}
