import { join } from 'node:path';
import { type AnswerCaches, createAnswerCaches } from '../actors/reputation/answer-cache.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { forgetAnswers, keepAnswers } from '../adapters/verdict-cache/keep-answers.ts';
import type { TellProblem } from './tell-problem.ts';

/** Where answers of reputation services are kept in a state folder. */
export function verdictCacheFolder({ state }: Pick<Settings, 'state'>): string {
  return join(state.folder, 'verdict-cache');
}

/** Kept answers, as they are when the process before has left them. */
export interface VerdictCache {
  answers: AnswerCaches;
  /** Writes what is left; answers that come later are lost. */
  stop(): Promise<void>;
}

/** Opens them. Trouble with the disk is told, and costs queries only. */
export async function startVerdictCache(settings: Settings, onProblem: TellProblem): Promise<VerdictCache> {
  const { answers_max: entriesMax, answers_bytes_max: bytesMax, answers_on_disk } = settings.smart_scan;
  const answers = createAnswerCaches({ entriesMax, bytesMax });
  const folder = verdictCacheFolder(settings);
  if (!answers_on_disk || entriesMax === 0) {
    await forgetAnswers(folder).catch((error) => onProblem('kept answers cannot be taken away', error));
    return { answers, stop: async () => undefined };
  }
  const disk = await keepAnswers({ folder, answers, now: Date.now, onProblem });
  return { answers, stop: () => disk.close() };
}
