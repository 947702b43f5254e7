import { expect, test } from 'vitest';
import { MemoryBudget } from '../../../src/adapters/spool/memory-budget.ts';

const never = new AbortController().signal;

test('room is taken up to the limit and given back', () => {
  const budget = new MemoryBudget(10);
  expect(budget.take(10)).toBe(true);
  expect(budget.take(1)).toBe(false);
  budget.release(4);
  expect(budget.take(5)).toBe(false);
  expect(budget.take(4)).toBe(true);
  expect(budget.used).toBe(10);
});

test('who waits is served in order, and nobody is let past', async () => {
  const budget = new MemoryBudget(10);
  budget.take(10);
  const served: string[] = [];
  const first = budget.wait(8, never).then((room) => {
    served.push('first');
    return room;
  });
  const second = budget.wait(1, never).then(() => served.push('second'));
  budget.release(5);
  expect(budget.take(1), 'somebody waits').toBe(false);
  budget.release(3);
  const room = await first;
  await Promise.resolve();
  expect(served).toEqual(['first']);
  room.free();
  room.free();
  await second;
  expect(budget.used).toBe(3);
});

test('more than the whole budget is granted alone', async () => {
  const budget = new MemoryBudget(10);
  budget.take(1);
  const large = budget.wait(25, never);
  budget.release(1);
  const room = await large;
  expect(budget.used).toBe(25);
  expect(budget.take(1)).toBe(false);
  room.free();
  expect(budget.used).toBe(0);
});

test('one who gives up no longer holds back the others', async () => {
  const budget = new MemoryBudget(10);
  budget.take(5);
  const abort = new AbortController();
  const large = budget.wait(10, abort.signal);
  const small = budget.wait(5, never);
  abort.abort(new Error('gave up'));
  await expect(large).rejects.toThrow('gave up');
  await small;
  expect(budget.used).toBe(10);
  await expect(budget.wait(1, abort.signal)).rejects.toThrow('gave up');
});
