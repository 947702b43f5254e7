import { expect, test } from 'vitest';
import { createScanSlots } from '../../../src/actors/session/scan-slots.ts';

test('one more than the places waits, in order, until one is given back', async () => {
  const slots = createScanSlots();
  const order: string[] = [];
  const first = await slots.take(2);
  const second = await slots.take(2);
  const waiting = ['c', 'd'].map((name) => slots.take(2).then((give) => order.push(name) && give));
  await Promise.resolve();
  expect(order).toEqual([]);
  first();
  const give = await waiting[0];
  expect(order).toEqual(['c']);
  second();
  await waiting[1];
  expect(order).toEqual(['c', 'd']);
  (give as unknown as () => void)();
});
