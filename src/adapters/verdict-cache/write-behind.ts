import type { AnswerChange } from '../../actors/ports/answer-store.ts';
import type { AnswerFile } from './answer-file.ts';
import { answerLine } from './answer-line.ts';

export interface WriteBehindOptions {
  file: AnswerFile;
  /** Changes that lead to what is kept now. */
  changes: () => Iterable<AnswerChange>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told once in each time of trouble. */
  onProblem: (error: unknown) => void;
}

/** Changes that are written soon. */
export interface WriteBehind {
  /** Never throws, and waits for nothing. */
  note(change: AnswerChange): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** How long a change may wait, ms: a kill loses no more. That all answers are void waits for nothing. */
const waitMs = 1000;
/** The file is written anew when it is twice as large as it was then, and so much. */
const growthBytes = 1024 * 1024;
/** ... and when it is so old, looked at each hour, ms: what has expired is on disk for a day at most. */
const ageMsMax = 23 * 3_600_000;
const ageCheckMs = 3_600_000;
/** After a failure it is tried again when so much time has passed, ms. */
const retryMs = 60_000;
/** More changes than these do not wait, characters: a disk that stands still must not take the memory. */
const waitingMax = 16 * 1024 * 1024;

/** Writes changes in batches; writes the file anew where there is none, and where it holds much that is void. */
export function createWriteBehind({ file, changes, now, onProblem }: WriteBehindOptions): WriteBehind {
  let waiting = '';
  let isDueAnew = file.bytes() === 0;
  let begun = { bytes: file.bytes(), atMs: now() };
  let isFailing = false;
  let working: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function writeAnew(): Promise<void> {
    waiting = '';
    isDueAnew = false;
    await file.replace(lines(changes()));
    begun = { bytes: file.bytes(), atMs: now() };
  }

  async function write(): Promise<void> {
    try {
      if (isDueAnew) await writeAnew();
      const some = waiting;
      waiting = '';
      if (some !== '') await file.append(some);
      isDueAnew ||= file.bytes() > 2 * begun.bytes + growthBytes;
      isFailing = false;
    } catch (error) {
      // What is on disk may lack that answers are void: better none.
      isDueAnew = true;
      await file.remove().catch(() => undefined);
      if (!isFailing) onProblem(error);
      isFailing = true;
    }
  }

  function writeIn(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      working = working.then(write).then(() => {
        if (isDueAnew || waiting !== '') writeIn(isFailing ? retryMs : waitMs);
      });
    }, ms).unref();
  }

  const aging = setInterval(() => {
    isDueAnew ||= Math.abs(now() - begun.atMs) >= ageMsMax;
    if (isDueAnew) writeIn(waitMs);
  }, ageCheckMs).unref();
  if (isDueAnew) writeIn(0);

  return {
    note(change) {
      // All will be written anew.
      if (isFailing) return;
      waiting += answerLine(change);
      isDueAnew ||= waiting.length > waitingMax;
      if (isDueAnew) waiting = '';
      if ('emptied' in change) {
        clearTimeout(timer);
        timer = undefined;
      }
      writeIn('emptied' in change ? 0 : waitMs);
    },
    async close() {
      clearTimeout(timer);
      clearInterval(aging);
      await working;
      await write();
      await file.close();
    },
  };
}

function* lines(changes: Iterable<AnswerChange>): Generator<string> {
  for (const change of changes) yield answerLine(change);
}
