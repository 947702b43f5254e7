import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HashAnswer } from '../../../src/actors/ports/reputation.ts';
import { createAnswerCaches } from '../../../src/actors/reputation/answer-cache.ts';
import { answersFile, keepAnswers } from '../../../src/adapters/verdict-cache/keep-answers.ts';

const server = 'sps.test:443';

/** A folder for kept answers, gone after the test. */
export function answersFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-answers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'verdict-cache');
}

/** A cache over this folder, as one process has it. */
export async function openKept(folder: string, nowMs = 1_000_000) {
  const answers = createAnswerCaches({ entriesMax: 100_000, bytesMax: 1e9 });
  const state = { nowMs };
  const problems: string[] = [];
  const onProblem = (problem: string, error: unknown) => void problems.push(`${problem}: ${error}`);
  const disk = await keepAnswers({ folder, answers, now: () => state.nowMs, onProblem });
  const cache = answers.of('list', { servers: new Set([server]) });
  return {
    ...{ state, problems, file: answersFile(folder), close: () => disk.close() },
    keep(hashes: readonly string[], { patternVersion = '7-aa', ttlSeconds = 600 } = {}) {
      const given = hashes.map(
        (sha256): HashAnswer => ({ sha256, verdict: 'malicious', name: `名 ${sha256}`, ttlSeconds }),
      );
      cache.keep({ server, patternId: 'main', patternVersion, answers: given }, state.nowMs);
    },
    known: (hashes: readonly string[]) => hashes.filter((hash) => cache.get(hash, state.nowMs)?.name === `名 ${hash}`),
  };
}
