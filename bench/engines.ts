import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContentPattern, MessageReader } from '../src/actors/ports/scanning.ts';
import { createClamd } from '../src/adapters/clamd/create-clamd.ts';
import { createLocalReader } from '../src/adapters/message-reader/local-reader.ts';
import { signatureOf } from '../src/adapters/sample-signatures/choose-block.ts';
import { SAMPLES_ENGINE } from '../src/adapters/sample-signatures/load-engine.ts';
import { tableOf } from '../src/adapters/sample-signatures/sample-table.ts';
import { YARA_ENGINE, type YaraData } from '../src/adapters/yara/load-engine.ts';
import { contentEngines } from '../src/wiring/content-engines.ts';
import { clamdMissing, startClamd } from '../test/support/clamd.ts';
import { median } from './support/figures.ts';

const rounds = Number(process.env.ENGINES_ROUNDS ?? 5);
const folder = process.env.ENGINES_FILES ?? '/usr/share/clamav-testfiles';
const limits = {
  ...{ partsMax: 10_000, depthMax: 17, filesMax: 10_000, ratioMax: 250 },
  ...{ fileBytesMax: 100 * 2 ** 20, messageBytesMax: 400 * 2 ** 20 },
};
const { signal } = new AbortController();

/** Scans one file. */
type Scan = (name: string, content: Buffer) => Promise<unknown>;

/** CPU of our readers and of clamd over the same files, in turn, in one run. */
export async function engines(): Promise<string> {
  const missing = clamdMissing();
  if (missing !== undefined) throw new Error(missing);
  const files = readdirSync(folder).map((name) => ({ name, content: readFileSync(join(folder, name)) }));
  const reader = createLocalReader(contentEngines);
  const ours: Record<string, readonly ContentPattern[]> = {
    'hashes only': [],
    'with 10,000 samples': [samples(10_000)],
    'with 1,000 YARA rules': [rules(1000)],
  };
  const clamd = await startClamd(['StreamMaxLength 100M']);
  const address = { id: '', to: { path: clamd.socket } };
  const client = createClamd({ connectMs: 3000, chunkBytes: 262_144, streamBytesMax: 100 * 2 ** 20 });
  const byClamd: Scan = (_, content) => client.scan(address, content, signal);
  const figures = new Map<string, number[]>();
  const note = (name: string, ms: number) => figures.set(name, [...(figures.get(name) ?? []), ms / files.length]);
  for (let round = 0; round <= rounds; round++) {
    // The first is for compilers and caches.
    const keep = round === 0 ? () => {} : note;
    for (const [name, patterns] of Object.entries(ours)) keep(name, await ownCpu(files, scanner(reader, patterns)));
    keep('clamd', await clamdCpu(clamd.process()?.pid, () => each(files, byClamd)));
  }
  await clamd.close();
  return table(
    figures,
    files.length,
    files.reduce((sum, { content }) => sum + content.length, 0),
  );
}

const everySize = { bits: new Uint8Array(64), any: true };

function scanner(reader: MessageReader, patterns: readonly ContentPattern[]): Scan {
  return (fileName, message) =>
    reader.read(
      { message, fileName, limits, digests: [{ algorithm: 'md5', sizes: everySize }], patterns, msMax: 60_000 },
      signal,
    );
}

async function each(files: readonly { name: string; content: Buffer }[], scan: Scan): Promise<void> {
  for (const { name, content } of files) await scan(name, content);
}

async function ownCpu(files: readonly { name: string; content: Buffer }[], scan: Scan): Promise<number> {
  const before = process.cpuUsage();
  await each(files, scan);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** All threads of another process: utime and stime of proc(5), in hundredths of a second. */
async function clamdCpu(pid: number | undefined, work: () => Promise<void>): Promise<number> {
  const ms = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  const before = ms();
  const times = 10;
  // Its clock is coarse.
  for (let n = 0; n < times; n++) await work();
  return (ms() - before) / times;
}

function samples(count: number): ContentPattern {
  const made = Array.from({ length: count }, (_, n) => signatureOf(randomBytes(500), `Sample.${n}`));
  return { engine: SAMPLES_ENGINE, id: 'samples', data: tableOf(made.filter((each) => each !== undefined)) };
}

function rules(count: number): ContentPattern {
  const text = Array.from(
    { length: count },
    (_, n) =>
      `rule r${n} { strings: $a = "needle number ${n}" $b = { 4d 5a [4-8] ${(n % 256).toString(16).padStart(2, '0')} } condition: all of them }`,
  ).join('\n');
  const data: YaraData = { files: [{ name: 'r.yar', text }], fileBytesMax: limits.fileBytesMax };
  return { engine: YARA_ENGINE, id: 'yara', data };
}

function table(figures: ReadonlyMap<string, readonly number[]>, count: number, bytes: number): string {
  const clamd = median(figures.get('clamd') ?? []);
  return [
    `${count} files of ${folder}, ${(bytes / 1000).toFixed(0)} kB; unpacked, hashed and matched in one thread. Median of ${rounds} rounds, in turn.`,
    '',
    '| | CPU ms a file | of clamd |',
    '|---|---|---|',
    ...[...figures].map(([name, each]) => {
      const ms = median(each);
      return `| ${name} | ${ms.toFixed(2)} | ${(ms / clamd).toFixed(2)} |`;
    }),
    '',
    'clamd has a database of two signatures; with its usual ones it takes longer.',
  ].join('\n');
}
