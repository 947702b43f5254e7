import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createHead } from '../../src/wiring/head.ts';

test('waits until the head is beyond, and not at all when it is', async () => {
  const head = createHead();
  const { signal } = new AbortController();
  const seen: string[] = [];
  const waiting = head.beyond(2, signal).then(() => seen.push('beyond'));
  head.rise(2);
  await Promise.resolve();
  seen.push('at 2');
  head.rise(3);
  await waiting;
  expect(seen).toEqual(['at 2', 'beyond']);
  await head.beyond(2, signal);
});

test('ends when the signal aborts, before or meanwhile', async () => {
  const head = createHead();
  const abort = new AbortController();
  const waiting = head.beyond(0, abort.signal);
  abort.abort();
  await waiting;
  await head.beyond(0, abort.signal);
});

test('leaves nothing behind at a signal that lives for days', async () => {
  const head = createHead();
  const { signal } = new AbortController();
  for (let sequence = 1; sequence <= 20; sequence++) {
    const waiting = head.beyond(sequence - 1, signal);
    head.rise(sequence);
    await waiting;
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
