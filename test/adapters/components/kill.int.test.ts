import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createComponentStore } from '../../../src/adapters/components/component-store.ts';
import { pattern } from './downloads.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-kill-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** Runs the installing program, kills it with -9 as soon as it has said `count` versions, answers the last one said. */
async function installAndKill(first: number, count: number): Promise<number> {
  const program = join(import.meta.dirname, 'install-forever.ts');
  const child = spawn(process.execPath, [program, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const exit = once(child, 'exit');
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last >= first + count - 1) child.kill('SIGKILL');
  }
  await exit;
  return last;
}

it('kill -9 in the middle of installing leaves a whole version, never older than the last one done', async () => {
  let next = 1;
  for (let round = 1; round <= 6; round++) {
    const done = await installAndKill(next, round);
    const store = createComponentStore({ folder, onProblem: (_, problem) => expect.unreachable(problem) });
    expect(await store.load()).toEqual([]);
    const { agent, filter } = store.current();
    expect(Number(agent?.version)).toBeGreaterThanOrEqual(done);
    expect(Number(agent?.version)).toBeLessThanOrEqual(done + 1);
    expect(Number(filter?.version)).toBeGreaterThanOrEqual(done);
    expect(agent?.entries).toBe(2001);
    next = Number(agent?.version) + 1;
    await store.install(pattern(String(next)));
    expect((await readdir(join(folder, 'agent'))).filter((name) => name.startsWith('.'))).toEqual([]);
    next++;
  }
});

const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/tmp']).status === 0;
const title = 'a full disk refuses the install, and the version in use stays';
it.skipIf(!canMount)(canMount ? title : `${title} (skipped: needs unshare and tmpfs)`, () => {
  const program = join(import.meta.dirname, 'install-until-full.ts');
  const script = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" "$3" "$1"';
  const run = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, program], {
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual({
    refused: 'disk-full',
    message: expect.stringMatching(/^it cannot be stored: /),
    inUse: 'Eicar-1',
    afterRestart: 'Eicar-1',
    leftovers: [],
    problems: [],
    installedAfter: 'Eicar-3',
  });
});
