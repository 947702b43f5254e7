import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FollowedAnswers } from '../../actors/ports/answer-store.ts';
import { openAnswerFile } from './answer-file.ts';
import { readAnswers } from './read-answers.ts';
import { createWriteBehind } from './write-behind.ts';

export interface KeepAnswersOptions {
  /** Made when it is missing. */
  folder: string;
  answers: FollowedAnswers;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told what was lost and why. */
  onProblem: (problem: string, error: unknown) => void;
}

/** Answers that are written behind. */
export interface AnswersOnDisk {
  /** Writes what is left. */
  close(): Promise<void>;
}

/** The file in its folder. */
export function answersFile(folder: string): string {
  return join(folder, 'answers');
}

/** Hands over what the process before had kept, then writes each change. Never rejects: without a file it goes on in memory. */
export async function keepAnswers({ folder, answers, now, onProblem }: KeepAnswersOptions): Promise<AnswersOnDisk> {
  const path = answersFile(folder);
  const services = new Set<string>();
  async function load() {
    const bytes = await readAnswers(path, (change) => {
      services.add('kept' in change ? change.kept.service : change.emptied);
      answers.apply(change);
    });
    return openAnswerFile(path, bytes);
  }
  const file = await load().catch((error) => {
    for (const emptied of services) answers.apply({ emptied });
    onProblem(`the kept answers of reputation services cannot be read (${path}): all are asked for again`, error);
    return openAnswerFile(path, 0);
  });
  const behind = createWriteBehind({
    ...{ file, now, changes: () => answers.changes(now()) },
    onProblem: (error) => onProblem(`the answers of reputation services cannot be written to ${path}`, error),
  });
  answers.follow((change) => behind.note(change));
  return {
    async close() {
      answers.follow(() => undefined);
      await behind.close();
    },
  };
}

/** Takes away what was kept: nothing is to be on disk any more. */
export async function forgetAnswers(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
