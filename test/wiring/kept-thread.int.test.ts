import { afterEach, expect, test } from 'vitest';
import { KeptThread } from '../../src/wiring/kept-thread.ts';
import { eventually } from '../support/eventually.ts';

/** A thread that says what it was started with and what it hears, breaks down at `break`, and ends at `stop` unless it is stubborn. */
const code = (isStubborn: boolean) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
      import { parentPort, workerData } from 'node:worker_threads';
      parentPort.postMessage({ crash: workerData });
      parentPort.on('message', (message) => {
        if (message === 'break') throw new Error('broken');
        parentPort.postMessage({ heard: message });
        if (message === 'stop' && !${isStubborn}) parentPort.close();
      });`)}`,
  );

type Said = { crash: string | null } | { heard: string };

function keep(isStubborn: boolean) {
  const said: Said[] = [];
  const breakdowns: string[] = [];
  const thread = new KeptThread<string, Said>({
    ...{ file: code(isStubborn), name: 'test', stopMsMax: 200 },
    workerData: (crash) => crash,
    greeting: () => 'hello',
    onMessage: (message) => said.push(message),
    onBreakdown: ({ message }) => breakdowns.push(message),
  });
  const until = (count: number) => eventually(`${count} messages`, () => said.length >= count);
  return { thread, said, breakdowns, until };
}

let kept: ReturnType<typeof keep>;
afterEach(() => kept.thread.stop());

test('a thread that breaks down is followed by one that knows why, and is greeted like the first', async () => {
  kept = keep(false);
  await kept.until(2);
  kept.thread.send('break');
  await kept.until(4);
  expect(kept.breakdowns).toEqual(['broken']);
  expect(kept.said).toEqual([{ crash: null }, { heard: 'hello' }, { crash: 'broken' }, { heard: 'hello' }]);
});

test('what a thread says at its end is heard before stop resolves, and no other is started', async () => {
  kept = keep(false);
  await kept.until(2);
  await kept.thread.stop();
  expect(kept.said.at(-1)).toEqual({ heard: 'stop' });
  expect(kept.breakdowns).toEqual([]);
});

test('a thread that does not end is ended; one that has just broken down is not waited for', async () => {
  kept = keep(true);
  await kept.until(2);
  await kept.thread.stop();
  expect(kept.breakdowns).toEqual([]);

  kept = keep(false);
  kept.thread.send('break');
  await eventually('the breakdown', () => kept.breakdowns.length > 0);
  await kept.thread.stop();
  expect(kept.breakdowns).toEqual(['broken']);
});
