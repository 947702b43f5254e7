import { type ChildProcess, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Agent, fetch } from 'undici';
import type { AskFigures, AskLoad } from './support/ask-sps.ts';
import { inTurn, median, spread } from './support/figures.ts';
import { freePort, start, stop } from './support/processes.ts';

/** Hashes that the server knows. */
const known = Number(process.env.SPS_HASHES ?? 1_000_000);
const batch = Number(process.env.SPS_BATCH ?? 10);
/** Share of the hashes asked that are known: most that a filter lets through are. */
const knownShare = Number(process.env.SPS_KNOWN ?? 0.5);
const connections = Number(process.env.SPS_CONNECTIONS ?? 8);
const seconds = Number(process.env.SPS_SECONDS ?? 10);
const rounds = Number(process.env.SPS_ROUNDS ?? 5);
/** Different queries; more than what any cache of the processor holds. */
const queries = Number(process.env.SPS_QUERIES ?? 20_000);

const bin = fileURLToPath(new URL('../bin/sekisho', import.meta.url));
const bareFile = fileURLToPath(new URL('support/bare-https.ts', import.meta.url));
const askFile = fileURLToPath(new URL('support/ask-sps.ts', import.meta.url));
const node = [process.execPath, '--disable-warning=ExperimentalWarning'] as const;
const run = promisify(execFile);

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** How hashes are asked about. */
interface Mode {
  name: string;
  path: string;
  body: (hashes: readonly string[]) => object;
}

const modes: readonly Mode[] = [
  { name: 'full hashes', path: '/v1/query', body: (hashes) => ({ hashes }) },
  {
    name: 'prefixes',
    path: '/v1/prefixes',
    body: (hashes) => ({ prefixes: [...new Set(hashes.map((hash) => hash.slice(0, 8)))] }),
  },
];

interface Measured extends AskFigures {
  /** Of the server, for each request. */
  cpuMs: number;
}

/** Hashes a second of one SPS beside a bare node:https server that answers a constant of the same size, in turn. */
export async function spsQuery(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-bench-'));
  const children: ChildProcess[] = [];
  try {
    const environment = { SEKISHO_STATE_FOLDER: folder, SEKISHO_SPS_FOLDER: join(folder, 'sps') };
    await importHashes(folder, environment);
    const port = await freePort();
    const listen = { ...environment, SEKISHO_SPS_LISTEN: `127.0.0.1:${port}` };
    const sps = await start([bin, 'sps'], port, listen);
    children.push(sps);
    const rows: string[] = [];
    for (const mode of modes) rows.push(await row(mode, { folder, port, sps, children }));
    return [
      '| asked by | hashes/s | bare: hashes/s | ratio | p50 ms | p99 ms | bare: p99 ms | CPU of the server, ms a request | bare | answer, bytes |',
      '|---|---|---|---|---|---|---|---|---|---|',
      ...rows,
      '',
      `${known.toLocaleString('en')} hashes known; batches of ${batch}, ${knownShare * 100} % of them known; ${connections} kept connections of one ` +
        `other process, each with one request at a time; ${rounds} rounds of ${seconds} s, in turn; medians. The ratio is that of the rounds: median (least to greatest); goal: 0.5.`,
    ].join('\n');
  } finally {
    await Promise.all(children.map(stop));
    await rm(folder, { recursive: true, force: true });
  }
}

async function importHashes(folder: string, environment: Record<string, string>): Promise<void> {
  const file = join(folder, 'known.txt');
  function* lines(): Generator<string> {
    for (let at = 0; at < known; at++) yield `${hashOf(`known${at}`)}\n`;
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
  await run(bin, ['sps', 'import', file], { env: { ...process.env, ...environment }, maxBuffer: 1e8 });
  await rm(file);
}

interface Place {
  folder: string;
  port: number;
  sps: ChildProcess;
  children: ChildProcess[];
}

async function row(mode: Mode, { folder, port, sps, children }: Place): Promise<string> {
  const bodiesFile = join(folder, 'bodies');
  const bodies = Array.from({ length: queries }, (_, number) => JSON.stringify(mode.body(hashesOf(number))));
  await writeFile(bodiesFile, `${bodies.join('\n')}\n`);
  const caFile = join(folder, 'sps/ca.pem');
  const answerFile = join(folder, 'answer');
  await writeFile(answerFile, await oneAnswer(`https://127.0.0.1:${port}${mode.path}`, caFile, bodies));
  const pem = join(folder, 'sps/server.pem');
  const barePort = await freePort();
  const bare = await start([...node, bareFile, String(barePort), pem, pem, answerFile], barePort);
  children.push(bare);
  const measure = async (child: ChildProcess, at: number): Promise<Measured> => {
    const load: AskLoad = {
      ...{ origin: `https://127.0.0.1:${at}`, caFile, path: mode.path, bodiesFile, connections, seconds },
    };
    const before = await cpuMs(child);
    const { stdout } = await run(node[0], [node[1], askFile, JSON.stringify(load)]);
    const figures = JSON.parse(stdout) as AskFigures;
    // With its warm-up, which is as fast.
    const requests = figures.requests * ((figures.seconds + 1) / figures.seconds);
    return { ...figures, cpuMs: ((await cpuMs(child)) - before) / requests };
  };
  const pairs = await inTurn(
    rounds,
    () => measure(sps, port),
    () => measure(bare, barePort),
  );
  await stop(bare);
  return cells(mode, pairs);
}

function cells(mode: Mode, pairs: readonly (readonly [Measured, Measured])[]): string {
  const perSecond = ({ requests, seconds: took }: Measured) => requests / took;
  const ours = pairs.map(([one]) => one);
  const bare = pairs.map(([, other]) => other);
  const of = (some: readonly Measured[], value: (figures: Measured) => number) => median(some.map(value));
  const hashes = (some: readonly Measured[]) => Math.round(of(some, perSecond) * batch).toLocaleString('en');
  return `| ${[
    ...[mode.name, hashes(ours), hashes(bare), spread(pairs.map(([one, other]) => perSecond(one) / perSecond(other)))],
    ...[of(ours, ({ p50Ms }) => p50Ms).toFixed(2), of(ours, ({ p99Ms }) => p99Ms).toFixed(2)],
    ...[of(bare, ({ p99Ms }) => p99Ms).toFixed(2), of(ours, ({ cpuMs: ms }) => ms).toFixed(3)],
    ...[of(bare, ({ cpuMs: ms }) => ms).toFixed(3), of(ours, ({ answerBytes }) => answerBytes).toFixed(0)],
  ].join(' | ')} |`;
}

/** Known and unknown ones, mixed. */
function hashesOf(query: number): string[] {
  return Array.from({ length: batch }, (_, at) => {
    const number = query * batch + at;
    const isKnown = (number % 100) / 100 < knownShare;
    return hashOf(isKnown ? `known${(number * 7919) % known}` : `other${number}`);
  });
}

/** An answer of the middle size. */
async function oneAnswer(url: string, caFile: string, bodies: readonly string[]): Promise<string> {
  const dispatcher = new Agent({ connect: { ca: await readFile(caFile) } });
  const answers: string[] = [];
  for (const body of bodies.slice(0, 101)) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', body, headers, dispatcher });
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
    answers.push(await answer.text());
  }
  await dispatcher.close();
  return answers.toSorted((a, b) => a.length - b.length)[50] ?? '';
}

/** Processor time of a process so far, ms. */
async function cpuMs({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime and stime, in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
