import { describe, expect, test } from 'vitest';
import { createAnswerCaches } from '../../../src/actors/reputation/answer-cache.ts';
import { type AskResult, createAsk } from '../../../src/actors/reputation/ask.ts';
import type { QueryFailed } from '../../../src/actors/reputation/query-list.ts';
import { atRest } from '../../support/at-rest.ts';
import { runningServers } from './running-servers.ts';

/** Asks as scans do, of one server. */
function asking(changes: Parameters<typeof runningServers>[0] = {}) {
  const system = runningServers({ count: 1, ...changes });
  const servers = new Set(system.settings.servers.map(({ id }) => id));
  const caches = createAnswerCaches({ entriesMax: 1000, bytesMax: 1e6 });
  const ask = createAsk(system, caches.of('list', { servers }));
  let scans = 0;
  return {
    ...system,
    /** What is asked now, by query. */
    asked: () => system.pending.pending.map(({ hashes }) => hashes.join(' ')),
    async scan(hashes: string[], signal = new AbortController().signal) {
      const outcome: { result?: AskResult; failed?: QueryFailed } = {};
      ask(hashes, `scan ${++scans}`, signal).then(
        (result) => (outcome.result = result),
        (error) => (outcome.failed = error),
      );
      await atRest();
      return outcome;
    },
  };
}

describe('hashes of one message', () => {
  test('go in one query (D1)', async () => {
    const system = asking();
    const outcome = await system.scan(['a', 'b', 'c']);
    expect(system.asked()).toEqual(['a b c']);
    await system.answer('ok');
    expect([...(outcome.result?.answers.keys() ?? [])]).toEqual(['a', 'b', 'c']);
    expect(outcome.result?.servers).toEqual(['sps1.test:443']);
  });

  test('are split at hashes_per_query_max', async () => {
    const system = asking({ hashesPerQueryMax: 2 });
    const outcome = await system.scan(['a', 'b', 'c', 'd', 'e']);
    expect(system.asked()).toEqual(['a b', 'c d', 'e']);
    for (let each = 0; each < 3; each++) await system.answer('ok');
    expect(outcome.result?.answers.size).toBe(5);
  });

  test('one of the parts that fails is enough to fail', async () => {
    const system = asking({ hashesPerQueryMax: 1 });
    const outcome = await system.scan(['a', 'b']);
    await system.answer('ok');
    await system.answer('refused');
    expect(outcome.failed?.kind).toBe('refused');
    expect(outcome.result).toBeUndefined();
  });
});

describe('equal hashes in flight (D1)', () => {
  test('are asked once, and the answer is for all; what is new goes in a query of its own', async () => {
    const system = asking();
    const outcomes = [await system.scan(['a']), await system.scan(['a', 'b']), await system.scan(['b', 'a'])];
    expect(system.asked()).toEqual(['a', 'b']);
    await system.answer('ok');
    expect(outcomes.map(({ result }) => result !== undefined)).toEqual([true, false, false]);
    await system.answer('ok');
    expect(outcomes.map(({ result }) => result?.answers.size)).toEqual([1, 2, 2]);
  });

  test('D15: one failed query is one failure and one message; who waited asks anew', async () => {
    const system = asking({ threshold: 10 });
    const outcomes = [await system.scan(['a']), await system.scan(['a']), await system.scan(['a'])];
    await system.answer('refused');
    expect(outcomes.map(({ failed }) => failed?.treatment)).toEqual(['deferred', undefined, undefined]);
    expect(system.states()).toEqual(['Failing 1']);
    expect(system.asked()).toEqual(['a']);
    await system.answer('ok');
    expect(outcomes.map(({ result }) => result?.answers.size)).toEqual([undefined, 1, 1]);
    expect(system.states()).toEqual(['Healthy 0']);
  });

  test('a scan that was given up asks for nothing more; its query goes on for those who wait', async () => {
    const system = asking();
    const owner = new AbortController();
    const waiting = new AbortController();
    await system.scan(['a'], owner.signal);
    await system.scan(['a'], waiting.signal);
    const third = await system.scan(['a']);
    owner.abort();
    waiting.abort();
    expect(system.asked()).toEqual(['a']);
    await system.answer('refused');
    expect(system.asked()).toEqual(['a']);
    await system.answer('ok');
    expect(third.result?.answers.size).toBe(1);
    expect(system.asked()).toEqual([]);
  });
});

describe('kept answers (D1)', () => {
  test('are used until their time to live ends', async () => {
    const system = asking();
    system.pending.ttlSeconds = 60;
    await system.scan(['a']);
    await system.answer('ok');
    await system.advance(59_999);
    expect((await system.scan(['a'])).result?.servers).toEqual(['cache']);
    await system.advance(1);
    await system.scan(['a']);
    expect(system.asked()).toEqual(['a']);
  });

  test('are forgotten when an answer comes from another version of the pattern', async () => {
    const system = asking();
    system.pending.ttlSeconds = 3600;
    await system.scan(['a']);
    await system.answer('ok');
    system.pending.patternVersion = '2';
    await system.scan(['b']);
    await system.answer('ok');
    await system.scan(['a', 'b']);
    expect(system.asked()).toEqual(['a']);
  });

  test('are answers like others: what is kept as malware is malware, also while the server is invalid', async () => {
    const system = asking({ threshold: 1 });
    system.pending.ttlSeconds = 3600;
    system.pending.malicious.set('a', 'Test.Kept');
    await system.scan(['a']);
    await system.answer('ok');
    for (let each = 0; each < 2; each++) {
      await system.scan(['x']);
      await system.answer('refused');
    }
    expect(system.states()).toEqual(['CachedInvalid 2']);
    const { result } = await system.scan(['a']);
    expect(result?.answers.get('a')).toMatchObject({ verdict: 'malicious', name: 'Test.Kept' });
  });
});
