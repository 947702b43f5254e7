import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../support/source-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-ci-'));
  mkdirSync(join(folder, '.ci'));
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(root, '.ci/run'), join(folder, '.ci/run'));
  // Everything is there already, so that nothing is installed.
  for (const name of ['postfix', 'python3', 'java', 'mvn', 'kcat']) program(name, 'exit 0');
  // The jars of the broker, too.
  mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true });
  symlinkSync(join(folder, 'bin', 'java'), join(folder, 'node_modules/node/bin/node'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, body: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

/** Runs it with an npm that does this for `ci`, `run check` and `test`. */
function ciRun({ ci = 'exit 0', check = 'exit 0', tests = 'exit 0' }) {
  program('npm', `case "$*" in "run check") ${check};; test) ${tests};; ci*) ${ci};; *) exit 99;; esac`);
  const { status, stdout } = spawnSync(join(folder, '.ci/run'), {
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
  });
  return { status, last: stdout.trimEnd().split('\n').at(-1) };
}

const good = 'echo "7 passed, 0 failed, 1 skipped"';

test.each([
  ['all well', { tests: good }, 0, '7 passed, 0 failed, 1 skipped'],
  ['a check that fails', { check: 'exit 1', tests: good }, 1, '7 passed, 0 failed, 1 skipped'],
  [
    'a test that fails',
    { tests: 'echo "6 passed, 1 failed, 0 skipped"; echo "npm error" >&2; exit 1' },
    1,
    '6 passed, 1 failed, 0 skipped',
  ],
  [
    'failures that the exit code does not tell',
    { tests: 'echo "6 passed, 1 failed, 0 skipped"' },
    1,
    '6 passed, 1 failed, 0 skipped',
  ],
  ['a crash after the counts', { tests: `${good}; exit 139` }, 1, '7 passed, 0 failed, 1 skipped'],
  ['no counts', { tests: 'exit 0' }, 1, '0 passed, 1 failed, 0 skipped'],
  ['no installation', { ci: 'exit 1', tests: good }, 1, '0 passed, 1 failed, 0 skipped'],
])('%s', (_name, npm, status, last) => {
  expect(ciRun(npm)).toEqual({ status, last });
});
