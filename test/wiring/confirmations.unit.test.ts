import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createConfirmations } from '../../src/wiring/confirmations.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function journal() {
  const confirmed: [string, number][] = [];
  const confirm = async (reader: string, sequence: number) => {
    if (reader === 'broken') throw new Error('full');
    confirmed.push([reader, sequence]);
  };
  return { confirmed, confirm };
}

test('the newest position of each reader is confirmed, once in the time', () => {
  const { confirmed, confirm } = journal();
  const confirmations = createConfirmations({ confirm }, 250);
  confirmations.note('a', 1);
  confirmations.note('a', 2);
  confirmations.note('b', 7);
  vi.advanceTimersByTime(249);
  expect(confirmed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(confirmed).toEqual([
    ['a', 2],
    ['b', 7],
  ]);
  vi.advanceTimersByTime(1000);
  expect(confirmed).toHaveLength(2);
});

test('what waits at the end is confirmed at once, and not again', () => {
  const { confirmed, confirm } = journal();
  const confirmations = createConfirmations({ confirm }, 250);
  confirmations.note('a', 3);
  confirmations.flush();
  expect(confirmed).toEqual([['a', 3]]);
  vi.advanceTimersByTime(1000);
  confirmations.flush();
  expect(confirmed).toHaveLength(1);
});

test('a confirmation that the journal does not take is told, and nothing is thrown', async () => {
  const failures: unknown[] = [];
  const confirmations = createConfirmations(journal(), 250, (...failure) => failures.push(failure));
  confirmations.note('broken', 5);
  confirmations.flush();
  await vi.runAllTimersAsync();
  expect(failures).toEqual([['broken', 5, new Error('full')]]);
});
