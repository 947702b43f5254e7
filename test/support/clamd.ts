import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const environment = { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter) };

/** Why there can be no clamd here, and what to do about it; undefined when it can. */
export function clamdMissing(): string | undefined {
  if (spawnSync('clamd', ['--version'], { env: environment }).status === 0) return undefined;
  return 'clamd is missing: apt-get install -y --no-install-recommends clamav-daemon';
}

const hex = (text: string) => Buffer.from(text).toString('hex');

/** What its small database knows besides hashes: text by `.ndb`, and two texts together by `.ldb`. */
export const clamdKnows = {
  ndb: { text: 'NEEDLE-FOR-CLAMD', name: 'Test.Ndb.UNOFFICIAL' },
  ldb: { text: 'FIRST-HALF and SECOND-HALF', name: 'Test.Ldb.UNOFFICIAL' },
} as const;

/** A clamd of our own: one temporary folder, loopback only, a database of two signatures. Never touches the system's. */
export interface Clamd {
  port: number;
  /** Path of its unix socket. */
  socket: string;
  process(): ChildProcess | undefined;
  start(): Promise<void>;
  /** Ends it, by kill -9 if told so; `start` starts it again at the same places. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Adds a signature for a text, and has the database loaded anew. */
  learn(name: string, text: string): void;
  /** Ends it and removes the folder. */
  close(): Promise<void>;
}

/** @param options lines of clamd.conf */
export async function startClamd(options: readonly string[] = []): Promise<Clamd> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-clamd-'));
  const port = await freePort();
  const socket = join(folder, 's');
  const database = join(folder, 'db');
  mkdirSync(database);
  writeFileSync(join(database, 'a.ndb'), `Test.Ndb:0:*:${hex(clamdKnows.ndb.text)}\n`);
  const halves = clamdKnows.ldb.text.split(' and ').map(hex).join(';');
  writeFileSync(join(database, 'a.ldb'), `Test.Ldb;Engine:51-255,Target:0;0&1;${halves}\n`);
  const lines = [`DatabaseDirectory ${database}`, `LocalSocket ${socket}`, `TCPSocket ${port}`, 'TCPAddr 127.0.0.1'];
  writeFileSync(
    join(folder, 'conf'),
    [...lines, 'Foreground yes', 'ConcurrentDatabaseReload no', ...options, ''].join('\n'),
  );
  let child: ChildProcess | undefined;
  let output = '';
  const self: Clamd = {
    ...{ port, socket, process: () => child },
    async start() {
      rmSync(socket, { force: true });
      child = spawn('clamd', ['-c', join(folder, 'conf')], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      await eventually(
        'clamd',
        () => answers(port),
        30_000,
        () => output,
      );
    },
    async end(signal = 'SIGTERM') {
      const ending = child;
      child = undefined;
      if (ending === undefined || ending.exitCode !== null) return;
      const exited = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill(signal);
      await exited;
    },
    learn(name, text) {
      writeFileSync(join(database, 'b.ndb'), `${name}:0:*:${hex(text)}\n`);
      child?.kill('SIGUSR2');
    },
    async close() {
      await self.end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await self.start();
  return self;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('zPING\0'));
    socket
      .on('data', () => {
        resolve(true);
        socket.destroy();
      })
      .on('error', () => resolve(false))
      .on('close', () => resolve(false));
  });
}
