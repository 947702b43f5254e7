import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';

const module = new URL('../../../src/adapters/terminal-log/terminal-log.ts', import.meta.url).href;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sekisho-log-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A program that logs to its real standard output. */
async function program(name: string, body: string) {
  const file = join(folder, `${name}.ts`);
  const open = `import { createTerminalLog } from ${JSON.stringify(module)};\nconst log = createTerminalLog({ level: 'info', format: 'auto' });\n`;
  await writeFile(file, open + body);
  return spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('a pipe gets JSON lines, all of them out when flush resolves', async () => {
  const child = await program(
    'flush',
    `for (let i = 0; i < 5000; i++) log.log('INFO', 'line ' + i);
     await log.flush(); await log.flush(); process.kill(process.pid, 'SIGKILL');`,
  );
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  expect(lines).toHaveLength(5000);
  expect(JSON.parse(lines[4999] ?? '')).toMatchObject({ level: 'info', msg: 'line 4999' });
});

test('a reader that is gone does not end the program', async () => {
  const child = await program(
    'gone',
    `process.once('SIGUSR2', async () => {
       for (let i = 0; i < 100; i++) { log.log('INFO', 'x'); await new Promise(setImmediate); }
       await log.flush(); process.exit(42);
     });
     setInterval(() => {}, 1000);
     process.stderr.write('ready');`,
  );
  await once(child.stderr, 'data');
  child.stdout.destroy();
  child.kill('SIGUSR2');
  const [code] = await once(child, 'exit');
  expect(code).toBe(42);
});

test('a reader that does not read costs bounded memory, and what was left out is told', async () => {
  const child = await program(
    'slow',
    `const line = 'x'.repeat(100_000);
     for (let i = 0; i < 500; i++) log.log('INFO', line);
     process.stderr.write('ready');
     await log.flush(); await log.flush();`,
  );
  await once(child.stderr, 'data');
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.length).toBeLessThan(200);
  expect(lines.at(-1)).toMatch(/"level":"warn".*"msg":"\d+ lines were left out: standard output is too slow"/);
});
