import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createAnswerCaches } from '../../../src/actors/reputation/answer-cache.ts';
import { answersFile, keepAnswers } from '../../../src/adapters/verdict-cache/keep-answers.ts';
import { eventually } from '../../support/eventually.ts';
import { answersFolder } from './kept-answers.ts';

const script = fileURLToPath(new URL('keep-until-killed.ts', import.meta.url));

/** Bytes of the file at which the process is killed, or what is being written anew is there. */
const moments: readonly ((file: string) => boolean)[] = [
  (file) => existsSync(file) && statSync(file).size > 50_000,
  (file) => existsSync(file) && statSync(file).size > 3_000_000,
  (file) => existsSync(`${file}.new`) && existsSync(file) && statSync(file).size > 1_000_000,
];

test.each(moments)(
  'kill -9 while it is written, moment %#: what was written is there, without a gap',
  async (isDue) => {
    const folder = answersFolder();
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, folder]);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await eventually(
      'the moment',
      () => isDue(answersFile(folder)),
      20_000,
      () => said.slice(-500),
    );
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(said).not.toMatch(/[^\d\n]/);

    const problems: string[] = [];
    const answers = createAnswerCaches({ entriesMax: 1_000_000, bytesMax: 1e9 });
    const onProblem = (problem: string) => void problems.push(problem);
    const disk = await keepAnswers({ folder, answers, now: Date.now, onProblem });
    expect(problems).toEqual([]);
    const cache = answers.of('list', { servers: new Set(['sps.test:443']) });
    const kept = answers.statistics().get('list')?.entries ?? 0;
    expect(kept).toBeGreaterThan(100);
    for (const hash of [0, Math.floor(kept / 2), kept - 1]) expect(cache.get(String(hash), Date.now())).toBeDefined();
    expect(cache.get(String(kept), Date.now())).toBeUndefined();
    await disk.close();
    // What the kill has left half-done does no harm, and goes with the next time.
    expect(existsSync(join(folder, 'answers'))).toBe(true);
  },
);
