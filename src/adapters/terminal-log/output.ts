import { destination } from 'pino';

/** Where lines go. */
export interface LineOutput {
  /** Takes whole lines; returns at once and never throws. */
  write(line: string): void;
  /** Resolves when everything that was written is out, or cannot get out. */
  flush(): Promise<void>;
}

/** Lines that a slow reader may leave waiting in memory; what comes beyond is dropped and counted. */
const waitingBytesMax = 16 * 1024 * 1024;

/**
 * Standard output that never blocks and never fails: mail matters more than a terminal that is slow or gone.
 * `onDropped` is told how many lines were lost when there is room again.
 */
export function standardOutput(onDropped: (lineCount: number) => void): LineOutput {
  const stream = destination({ dest: 1, sync: false, maxLength: waitingBytesMax });
  let state: 'idle' | 'writing' | 'gone' = 'idle';
  let droppedCount = 0;
  // The stream's own flush() does not wait for what is being written.
  let waiting: (() => void)[] = [];
  const become = (next: 'idle' | 'gone') => {
    state = next;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  stream.on('error', () => become('gone'));
  stream.on('drop', () => droppedCount++);
  stream.on('drain', () => {
    become('idle');
    const lineCount = droppedCount;
    droppedCount = 0;
    if (lineCount > 0) onDropped(lineCount);
  });
  return {
    write(line) {
      if (state === 'gone') return;
      state = 'writing';
      stream.write(line);
    },
    flush: () => new Promise((resolve) => (state === 'writing' ? waiting.push(resolve) : resolve())),
  };
}
