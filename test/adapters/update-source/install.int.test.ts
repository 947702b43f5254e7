import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ComponentProblem } from '../../../src/events/component-problem.ts';
import { type Fault, PackageServer } from '../../support/package-server.ts';
import { newSigner, signedPackage } from '../../support/packages.ts';
import { eicarSha256, filterContent } from '../components/downloads.ts';
import { type Installing, startInstalling } from './installing.ts';

const signer = newSigner();
let server: PackageServer;
let folder: string;
let options: Installing;
beforeAll(async () => {
  server = await PackageServer.start();
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-install-'));
  const keysFile = join(folder, 'keys.pem');
  await writeFile(keysFile, signer.pem);
  options = { folder, url: server.url, caFile: server.caFile, keysFile };
  server.faults = [];
  server.onFile = () => {};
});
afterEach(() => rm(folder, { recursive: true }));

const lines = (number: number, count: number) =>
  Array.from({ length: count }, (_, i) => `${(number * 10_000 + i).toString(16).padStart(64, '0')}:9:Filler\n`).join(
    '',
  );
const signatures = (number: number, count = 10) =>
  Buffer.from(`${eicarSha256}:68:Eicar-${number}\n${lines(number, count)}`);
function serve(number: number, files: Record<string, Buffer> = { 'a.hsb': signatures(number) }, by = signer) {
  server.serve(signedPackage({ component: 'agent', number, files }, by));
}

describe('the running component stays, and the problem says why', () => {
  const cases: [ComponentProblem, (number: number) => void, (Fault | undefined)[]][] = [
    [
      'interrupted',
      (number) => serve(number, { 'a.hsb': signatures(number, 4000) }),
      [{ cutAfter: 200_000 }, { cutAfter: 0 }],
    ],
    ['corrupted', (number) => serve(number), [{ flip: 3 }]],
    ['replayed-older', () => serve(1), []],
    ['wrongly-signed', (number) => serve(number, undefined, newSigner()), []],
    ['too-large', (number) => serve(number, { 'a.hsb': signatures(number, 200_000) }), []],
    ['does-not-load', (number) => serve(number, { 'a.hsb': Buffer.from('not a signature\n') }), []],
    ['probe-failed', (number) => serve(number, { 'a.hsb': Buffer.from(lines(number, 10)) }), []],
    ['malformed', (number) => serve(number, { 'a.bloom': Buffer.from('x') }), []],
  ];
  test.each(cases)('%s', async (kind, serveBad, faults) => {
    const { update, eicar, components, close } = startInstalling(options);
    for (const number of [1, 2]) {
      serve(number);
      expect(await update('agent')).toBe('installed');
    }
    const before = await components.versions('agent');
    serveBad(3);
    server.faults = faults;
    expect(await update('agent').catch((error) => error)).toMatchObject({ name: 'ComponentRefused', kind });
    expect([eicar(), await components.versions('agent')]).toEqual(['Eicar-2', before]);
    const again = startInstalling(options);
    expect([await again.components.load(), again.eicar()]).toEqual([[], 'Eicar-2']);
    // The next good one is taken as if nothing had been.
    serve(4);
    expect([await update('agent'), eicar()]).toEqual(['installed', 'Eicar-4']);
    await Promise.all([close(), again.close()]);
  });

  test('no-key', async () => {
    const { update, eicar, close } = startInstalling(options);
    serve(1);
    await update('agent');
    await rm(options.keysFile);
    serve(2);
    expect(await update('agent').catch((error) => error)).toMatchObject({ kind: 'no-key' });
    expect(eicar()).toBe('Eicar-1');
    await close();
  });
});

test('a version that was rolled back is not asked for again; a newer one is taken', async () => {
  const { update, eicar, components, close } = startInstalling(options);
  for (const number of [1, 2]) {
    serve(number);
    await update('agent');
  }
  await components.rollback('agent');
  server.requests.length = 0;
  for (let each = 0; each < 2; each++) expect(await update('agent')).toBe('unchanged');
  server.hasVersionTags = false;
  expect(await update('agent')).toBe('unchanged');
  server.hasVersionTags = true;
  expect([eicar(), server.requests]).toEqual(['Eicar-1', Array(3).fill('/v1/components/agent.json')]);
  serve(3);
  expect([await update('agent'), eicar()]).toEqual(['installed', 'Eicar-3']);
  await close();
});

test('what two checks ask for at once is fetched once', async () => {
  const { update, close } = startInstalling(options);
  serve(1);
  server.requests.length = 0;
  const outcomes = await Promise.all([update('agent'), update('agent'), update('agent')]);
  expect(outcomes.sort()).toEqual(['installed', 'unchanged', 'unchanged']);
  expect(server.requests.filter((request) => request.includes('/files/'))).toHaveLength(1);
  await close();
});

test('kill -9 at any moment of an update leaves whole components, never older than those that were said', async () => {
  const program = join(import.meta.dirname, 'install-from-server.ts');
  const numberOf = (version: string) => Number.parseInt(version, 10) || 0;
  let number = 0;
  const serveNext = () => {
    number++;
    serve(number, { 'a.hsb': signatures(number, 2000), 'b.fp': Buffer.from(`#${number}`) });
    const files = { 'filter.bloom': filterContent([eicarSha256, String(number)]) };
    server.serve(signedPackage({ component: 'filter', number, files }, signer));
  };
  let said = [0, 0];
  for (let round = 0; round < 12; round++) {
    serveNext();
    const { url, caFile, keysFile } = options;
    const argv = [program, folder, url, caFile, keysFile];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    // Now and then after a request for a file, else after a version was said; a few milliseconds later.
    const kill = () => setTimeout(() => child.kill('SIGKILL'), Math.random() * 40);
    if (round % 3 !== 0) server.onFile = () => void kill();
    for await (const line of createInterface({ input: child.stdout })) {
      said = line.split(' ').map(numberOf);
      serveNext();
      if (round % 3 === 0) kill();
    }
    await exit;
    server.onFile = () => {};
    const { components, eicar, close } = startInstalling(options);
    expect(await components.load()).toEqual([]);
    const { agent, filter } = components.current();
    expect([
      numberOf(agent?.version ?? '') >= (said[0] ?? 0),
      numberOf(filter?.version ?? '') >= (said[1] ?? 0),
    ]).toEqual([true, true]);
    if (agent) expect([eicar(), agent.entries]).toEqual([`Eicar-${numberOf(agent.version)}`, 2001]);
    await close();
  }
  const { components, update, eicar, close } = startInstalling(options);
  await components.load();
  serveNext();
  expect([await update('agent'), eicar()]).toEqual(['installed', `Eicar-${number}`]);
  await close();
  const names = await readdir(join(folder, 'components/agent'));
  expect(names.filter((name) => name.startsWith('.'))).toEqual([]);
}, 60_000);

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/tmp']).status === 0;
const title = 'a disk that is full before, during or after the download: disk-full, and the running component stays';
test.skipIf(!canMount)(canMount ? title : `${title} (skipped: needs unshare and tmpfs)`, () => {
  const program = join(import.meta.dirname, 'install-until-full.ts');
  const script = 'mount -t tmpfs -o size=2m none "$1" && exec "$2" "$3" "$1"';
  const run = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, program], {
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual({
    outcomes: [
      'room: installed, Eicar-1, Eicar-1 after a restart, 0 problems',
      'too little room for the download: disk-full, Eicar-1, Eicar-1 after a restart, 0 problems',
      'the disk fills up while it comes: disk-full, Eicar-1, Eicar-1 after a restart, 0 problems',
      'room again: installed, Eicar-3, Eicar-3 after a restart, 0 problems',
      'no room to keep it: disk-full, Eicar-3, Eicar-3 after a restart, 0 problems',
      'room again: installed, Eicar-4, Eicar-4 after a restart, 0 problems',
    ],
    leftovers: [],
  });
});
