import type { LoadContentEngine } from '../../../src/actors/ports/scanning.ts';
import { createReadTask } from '../../../src/adapters/message-reader/read-task.ts';

/** Each does to the thread what the content that it is given says, as a reader with a defect would. */
const harms: Readonly<Record<string, () => unknown>> = {
  hang: () => {
    for (;;);
  },
  'wait for ever': () => new Promise(() => {}),
  'many objects': () => {
    const kept: unknown[] = [];
    for (;;) kept.push({ kept: kept.length });
  },
  // V8 gives the thread no chance here: at its limit it ends the process.
  'large arrays': () => {
    const kept: unknown[] = [];
    for (;;) kept.push(new Array(4_000_000).fill(1.5));
  },
  buffers: () => {
    const kept: unknown[] = [];
    for (;;) kept.push(Buffer.alloc(10_000_000, 1));
  },
  exit: () => process.exit(7),
  'throw later': () =>
    new Promise(() => {
      setImmediate(() => {
        throw new Error('nobody catches this');
      });
    }),
  'deep recursion': () => {
    const deeper = (depth: number): number => deeper(depth + 1) + 1;
    return deeper(0);
  },
};

/** An engine that finds `Test.Word` in what has the word, and does harm where a content says so. */
const harm: LoadContentEngine = (word) => ({
  async match(content) {
    const text = Buffer.from(content).toString('latin1');
    const named = /^HARM: (.*)$/.exec(text)?.[1];
    if (named !== undefined) await harms[named]?.();
    return text === word ? ['Test.Word'] : [];
  },
});

export default createReadTask({
  harm,
  broken: () => {
    throw new Error('this pattern cannot be loaded');
  },
});
