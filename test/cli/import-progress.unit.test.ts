import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { importProgress } from '../../src/cli/import-progress.ts';

function screen(isTTY: boolean) {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  let nowMs = 0;
  const progress = importProgress(Object.assign(stream, { isTTY }), () => nowMs);
  const at = (ms: number, what: string, share: number, count: number) => {
    nowMs = ms;
    progress.show(what, share, count);
  };
  return { at, progress, text: () => text };
}

test('what is done at once shows nothing', () => {
  const { at, progress, text } = screen(false);
  at(10, 'reading a', 0.5, 10);
  at(4000, 'reading a', 1, 20);
  progress.end();
  expect(text()).toBe('');
});

test('what takes longer shows its share, rate and the time that is left, each step by itself', () => {
  const { at, text } = screen(false);
  at(0, 'reading a', 0, 0);
  at(5000, 'reading a', 0.25, 1_000_000);
  at(6000, 'reading a', 0.3, 1_200_000);
  at(10_000, 'reading a', 0.01, 2_000_000);
  at(11_000, 'writing', 0, 0);
  at(611_000, 'writing', 0.1, 3_000_000);
  expect(text().split('\n')).toEqual([
    'reading a: 25 %, 1,000,000 (200,000/s), 15 s left',
    'reading a: 1 %, 2,000,000 (200,000/s), 17 min left',
    'writing: 10 %, 3,000,000 (5,000/s), 90 min left',
    '',
  ]);
});

test('on a terminal one line is written over, and gone in the end', () => {
  const { at, progress, text } = screen(true);
  at(1000, 'reading a', 0.1, 100);
  at(1100, 'reading a', 0.2, 200);
  at(2000, 'reading a', 0.5, 500);
  progress.end();
  expect(text()).toBe('\r\u001b[Kreading a: 10 %, 100 (0/s)\r\u001b[Kreading a: 50 %, 500 (400/s), 2 s left\r\u001b[K');
});
