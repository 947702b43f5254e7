import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findProcess, writePidFile } from '../../../src/adapters/pid-file/pid-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'sekisho-pid-'));
const path = join(folder, 'gateway.pid');
afterAll(() => rmSync(folder, { recursive: true }));

test('says which process runs and where it listens, until it is taken away', async () => {
  expect(await findProcess(folder)).toEqual({ state: 'none' });
  const remove = await writePidFile(folder, ['127.0.0.1:10025', '[::1]:10025']);
  expect(await findProcess(folder)).toEqual({
    ...{ state: 'running', pid: process.pid },
    addresses: ['127.0.0.1:10025', '[::1]:10025'],
  });
  expect(readFileSync(path, 'utf8').split('\n')[0]).toBe(String(process.pid));
  await remove();
  expect(await findProcess(folder)).toEqual({ state: 'none' });
});

test('a process that has ended is dead', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  writeFileSync(path, `${child.pid}\n12345\n127.0.0.1:25\n`);
  expect(await findProcess(folder)).toEqual({ state: 'dead', pid: child.pid });
});

test('another process that has its number now is not taken for it', async () => {
  await writePidFile(folder, []);
  const [pid = '', start = ''] = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, `${pid}\n${Number(start) - 1}\n`);
  expect(await findProcess(folder)).toEqual({ state: 'dead', pid: process.pid });
});

test.each(['', '\n', 'abc\n1\n', '-1\n1\n', '0\n'])('%j is no pid file', async (text) => {
  writeFileSync(path, text);
  expect(await findProcess(folder)).toEqual({ state: 'none' });
});
