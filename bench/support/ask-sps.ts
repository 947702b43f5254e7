import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { percentile } from './figures.ts';

/** What a load generator is told, as JSON in its first argument. It runs in a process of its own. */
export interface AskLoad {
  /** `https://host:port`. */
  origin: string;
  caFile: string;
  path: string;
  /** One JSON body a line; asked one after the other, from the first again. */
  bodiesFile: string;
  /** Kept connections, each with one request at a time. */
  connections: number;
  seconds: number;
}

/** What it says of it, as JSON. */
export interface AskFigures {
  requests: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /** Bytes of an answer, on average. */
  answerBytes: number;
}

/** Not measured: compilers, connections. */
const warmUpSeconds = 1;

async function ask({ origin, caFile, path, bodiesFile, connections, seconds }: AskLoad): Promise<AskFigures> {
  const bodies = readFileSync(bodiesFile, 'utf8').trimEnd().split('\n');
  const pool = new Pool(origin, { connections, pipelining: 1, connect: { ca: readFileSync(caFile) } });
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const times: number[] = [];
  let answerBytes = 0;
  let next = 0;
  const begins = performance.now() + warmUpSeconds * 1000;
  const ends = begins + seconds * 1000;
  async function client(): Promise<void> {
    for (;;) {
      const start = performance.now();
      if (start >= ends) return;
      const body = bodies[next++ % bodies.length] ?? '';
      const answer = await pool.request({ path, method: 'POST', headers, body });
      const { length } = Buffer.from(await answer.body.arrayBuffer());
      if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
      if (start < begins) continue;
      times.push(performance.now() - start);
      answerBytes += length;
    }
  }
  await Promise.all(Array.from({ length: connections }, client));
  const took = (performance.now() - begins) / 1000;
  await pool.close();
  return {
    requests: times.length,
    seconds: took,
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    answerBytes: answerBytes / times.length,
  };
}

const [load] = process.argv.slice(2);
if (load !== undefined && import.meta.main)
  process.stdout.write(JSON.stringify(await ask(JSON.parse(load) as AskLoad)));
