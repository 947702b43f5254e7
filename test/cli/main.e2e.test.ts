import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';

const bin = fileURLToPath(new URL('../../bin/sekisho', import.meta.url));
let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sekisho-main-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const sekisho = (...argv: string[]) => {
  const { status, stdout, stderr } = spawnSync(bin, argv, { cwd, encoding: 'utf8', env: { PATH: process.env.PATH } });
  return { status, stdout, stderr };
};

test('help names every command', () => {
  const { status, stdout } = sekisho('--help');
  expect(status).toBe(0);
  for (const { name } of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
});

test('version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(sekisho('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test('check-config: OK with what was given and where', () => {
  writeFileSync(join(cwd, 'good.ini'), '[smart_scan]\n; slow line\nquery_timeout_ms = 3000\n');
  const file = join(cwd, 'good.ini');
  expect(sekisho('check-config', '--config', 'good.ini')).toEqual({
    status: 0,
    stdout: `OK: ${file}\n[smart_scan] query_timeout_ms = 3000 (${file}:3)\n`,
    stderr: '',
  });
});

test('check-config: all problems and exit code 78 (D19)', () => {
  writeFileSync(
    join(cwd, 'bad.ini'),
    '[smart_scan]\nquery_timeout_ms = 50\n[smart_protection]\ncache_threshold_count = x\n',
  );
  const file = join(cwd, 'bad.ini');
  expect(sekisho('check-config', '--config', 'bad.ini')).toEqual({
    status: 78,
    stdout: '',
    stderr:
      `sekisho: ${file}:2: [smart_scan] query_timeout_ms = 50: must be an integer from 100 to 60000\n` +
      `sekisho: ${file}:4: [smart_protection] cache_threshold_count = x: must be an integer from 1 to 1000\n`,
  });
});
