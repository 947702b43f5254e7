import { createAnswerCaches } from '../../../src/actors/reputation/answer-cache.ts';
import { keepAnswers } from '../../../src/adapters/verdict-cache/keep-answers.ts';

// Keeps one answer after the other in the folder that it is given, and says which, until it is killed.
const [folder = ''] = process.argv.slice(2);
const answers = createAnswerCaches({ entriesMax: 1_000_000, bytesMax: 1e9 });
await keepAnswers({ folder, answers, now: Date.now, onProblem: (problem) => process.stdout.write(`${problem}\n`) });
const cache = answers.of('list', { servers: new Set(['sps.test:443']) });

/** As fast as the disk, and whoever reads along, let it. */
for (let each = 0; ; each++) {
  const given = [{ sha256: String(each), verdict: 'unknown' as const, ttlSeconds: 86_400 }];
  cache.keep({ server: 'sps.test:443', patternId: 'main', patternVersion: '7-aa', answers: given }, Date.now());
  if (each % 100 === 0) await new Promise<void>((resolve) => process.stdout.write(`${each}\n`, () => resolve()));
  if (each % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
