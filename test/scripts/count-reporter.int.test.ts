import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const reporter = join(root, 'scripts/count-reporter.ts');
let folder: string;
beforeEach(() => {
  // Within the project, so that `vitest` is found.
  folder = mkdtempSync(join(root, 'node_modules/.count-reporter-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs vitest in a process of its own over these files; gives its exit code and its last line. */
function vitest(files: Record<string, string>) {
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    'export default { test: { include: ["*.test.ts"], exclude: [], maxWorkers: 1 } };',
  );
  for (const [name, body] of Object.entries(files)) {
    writeFileSync(join(folder, name), `import { beforeAll, describe, expect, test } from 'vitest';\n${body}`);
  }
  const argv = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--root',
    folder,
    '--reporter',
    'default',
    '--reporter',
    reporter,
  ];
  const { status, stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: folder });
  return { status, last: stdout.split('\n').slice(-2) };
}

test('counts passed, failed and skipped tests on the last line', () => {
  const body = `test('a', () => {}); test('b', () => {}); test('c', () => expect(1).toBe(2)); test.skip('d', () => {}); test.todo('e');`;
  expect(vitest({ 'a.test.ts': body })).toEqual({ status: 1, last: ['2 passed, 1 failed, 2 skipped', ''] });
});

test('a file that does not load, a suite that breaks and an error outside any test are failures', () => {
  const files = {
    'load.test.ts': `throw new Error('broken');`,
    'suite.test.ts': `describe('x', () => { beforeAll(() => { throw new Error('broken'); }); test('a', () => {}); });`,
    'stray.test.ts': `test('a', async () => { Promise.reject(new Error('stray')); await new Promise(setImmediate); });`,
  };
  const { status, last } = vitest(files);
  expect(status).toBe(1);
  expect(last[0]).toMatch(/^1 passed, [3-9] failed, \d skipped$/);
});

test('all well is exit code 0', () => {
  expect(vitest({ 'a.test.ts': `test('a', () => {});` })).toEqual({
    status: 0,
    last: ['1 passed, 0 failed, 0 skipped', ''],
  });
});
