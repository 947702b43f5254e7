import { expect, test } from 'vitest';
import type { SmartEntry } from '../../../src/sps/data/snapshot.ts';
import { differences } from '../../../src/sps/feed/differences.ts';
import type { FeedEntry } from '../../../src/sps/feed/feed-table.ts';

const hash = (byte: number) => Buffer.alloc(32, byte);
const want = (byte: number, name = 'Mal', source = 'mine'): SmartEntry => ({ hash: hash(byte), name, source });
const have = (byte: number, name = 'Mal', source = 'mine', verdict: FeedEntry['verdict'] = 'malicious'): FeedEntry => ({
  ...{ hash: hash(byte), name, source, verdict },
});
const between = (store: SmartEntry[], topic: FeedEntry[]) =>
  [...differences(store, topic)].map(({ key, value }) => [key.slice(0, 2), value && JSON.parse(value)]);

test('an empty topic gets everything, an empty store takes everything back', () => {
  const value = { verdict: 'malicious', name: 'Mal', source: 'mine' };
  expect(between([want(1), want(2)], [])).toEqual([
    ['01', value],
    ['02', value],
  ]);
  expect(between([], [have(1), have(2)])).toEqual([
    ['01', null],
    ['02', null],
  ]);
});

test('only what differs is written', () => {
  expect(between([want(1), want(3)], [have(1), have(3)])).toEqual([]);
  const changed = between(
    [want(2, 'New'), want(3), want(4), want(5)],
    [have(1), have(2), have(3, 'Mal', 'other'), have(4, 'Mal', 'mine', 'clean'), have(6)],
  );
  expect(changed.map(([key, value]) => [key, value?.name ?? null])).toEqual([
    ['01', null],
    ['02', 'New'],
    ['03', 'Mal'],
    ['04', 'Mal'],
    ['05', 'Mal'],
    ['06', null],
  ]);
});

test('what came from the topic goes back with the source that it came with: nothing runs in circles', () => {
  expect(
    between(
      [want(1, 'Mal', 'kafka.urlhaus'), want(2, 'Mal', 'kafka')],
      [have(1, 'Mal', 'urlhaus'), have(2, 'Mal', '')],
    ),
  ).toEqual([]);
});
