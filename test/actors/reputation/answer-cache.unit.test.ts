import { describe, expect, test } from 'vitest';
import type { AnswerChange } from '../../../src/actors/ports/answer-store.ts';
import type { HashAnswer } from '../../../src/actors/ports/reputation.ts';
import { type AnswerCaches, createAnswerCaches } from '../../../src/actors/reputation/answer-cache.ts';

const servers = new Set(['sps1.test:443', 'sps2.test:443']);

/** The cache as a gateway with two servers uses it, with a clock and a filter in the test's hand. */
function kept({ entriesMax = 100, bytesMax = 1e6, caches = createAnswerCaches({ entriesMax, bytesMax }) } = {}) {
  const changes: AnswerChange[] = [];
  caches.follow((change) => changes.push(change));
  const state = { nowMs: 1_000_000, filter: undefined as string | undefined };
  const cache = caches.of('list', { servers, filter: () => state.filter });
  return {
    caches,
    changes,
    state,
    keep(
      hashes: string,
      patternVersion = '7-aa',
      { server = 'sps1.test:443', patternId = 'main', ttlSeconds = 60 } = {},
    ) {
      const answers = [...hashes].map((sha256): HashAnswer => ({ sha256, verdict: 'unknown', ttlSeconds }));
      cache.keep({ server, patternId, patternVersion, answers }, state.nowMs);
    },
    /** Those of the hashes that are known now. */
    known: (hashes: string) => [...hashes].filter((hash) => cache.get(hash, state.nowMs)).join(''),
    statistics: (service = 'list') => caches.statistics().get(service),
  };
}

describe('the time to live', () => {
  test('is that of each answer, malware apart from the rest', () => {
    const { caches, state } = kept();
    const cache = caches.of('list', { servers });
    const answers: HashAnswer[] = [
      { sha256: 'm', verdict: 'malicious', name: 'Test.M', source: 'feed', ttlSeconds: 600 },
      { sha256: 'u', verdict: 'unknown', ttlSeconds: 60 },
      { sha256: 'n', verdict: 'clean', ttlSeconds: 0 },
    ];
    cache.keep({ server: 'sps1.test:443', patternId: 'main', patternVersion: '7-aa', answers }, state.nowMs);
    const at = (ms: number) => ['m', 'u', 'n'].filter((hash) => cache.get(hash, state.nowMs + ms)).join('');
    expect([at(0), at(59_999), at(60_000), at(599_999), at(600_000)]).toEqual(['mu', 'mu', 'm', 'm', '']);
  });

  test('an answer says who gave it, what it rests on and where the server has it from', () => {
    const { caches, state } = kept();
    const cache = caches.of('list', { servers });
    const answer: HashAnswer = { sha256: 'm', verdict: 'malicious', name: 'Test.M', source: 'feed', ttlSeconds: 600 };
    cache.keep({ server: 'sps2.test:443', patternId: 'main', patternVersion: '7-aa', answers: [answer] }, state.nowMs);
    const basis = { server: 'sps2.test:443', patternId: 'main', patternVersion: '7-aa' };
    expect(cache.get('m', state.nowMs)).toEqual({ ...answer, ...basis });
  });

  test('a clock that is set back prolongs nothing: all answers go', () => {
    const cache = kept();
    cache.keep('a');
    cache.state.nowMs += 50_000;
    expect(cache.known('a')).toBe('a');
    cache.state.nowMs -= 40_000;
    expect(cache.known('a')).toBe('');
    cache.keep('b');
    expect(cache.known('ab')).toBe('b');
  });

  test('a clock that trembles is no clock that was set back, and its time does not go back', () => {
    const cache = kept();
    cache.keep('a');
    cache.state.nowMs += 60_500;
    cache.keep('b');
    cache.state.nowMs -= 900;
    expect(cache.known('ab')).toBe('b');
  });
});

describe('the version of the pattern', () => {
  test('answers of an older one are not used, whatever they say', () => {
    const cache = kept();
    cache.keep('ab', '7-aa');
    cache.keep('c', '8-bb');
    expect(cache.known('abc')).toBe('c');
  });

  test('a server that is behind the others empties nothing, and its answers are not kept', () => {
    const cache = kept();
    cache.keep('a', '8-bb');
    cache.keep('b', '7-aa', { server: 'sps2.test:443' });
    expect(cache.known('ab')).toBe('a');
  });

  test('but when for an hour nothing newer came, the older one is the one: a server was set up anew', () => {
    const cache = kept();
    cache.keep('a', '8-bb', { ttlSeconds: 86_400 });
    cache.state.nowMs += 3_600_000;
    cache.keep('b', '7-aa');
    expect(cache.known('ab')).toBe('b');
  });

  test('another pattern id is another pattern', () => {
    const cache = kept();
    cache.keep('a', '8-bb');
    cache.keep('b', '7-aa', { patternId: 'other' });
    expect(cache.known('ab')).toBe('b');
  });

  test('a new filter tells of a new pattern before any answer does', () => {
    const cache = kept();
    cache.state.filter = '7-ff';
    cache.keep('a');
    expect(cache.known('a')).toBe('a');
    cache.state.filter = '8-ff';
    expect(cache.known('a')).toBe('');
  });

  test('a filter that was published with the answers empties nothing', () => {
    const cache = kept();
    cache.state.filter = '7-aa';
    cache.keep('a', '8-bb');
    cache.state.filter = '8-bb';
    expect(cache.known('a')).toBe('a');
  });
});

describe('who may use answers', () => {
  test('each service has its own', () => {
    const { caches, state, keep, known } = kept();
    keep('a');
    const other = caches.of('mhr', { servers: new Set(['mhr']) });
    expect(other.get('a', state.nowMs)).toBeUndefined();
    other.keep({ server: 'mhr', patternId: '', patternVersion: '', answers: [] }, state.nowMs);
    keep('b', '8-bb');
    expect(known('ab')).toBe('b');
  });

  test('answers of a server that has left the list do not count', () => {
    const { caches, state, keep } = kept();
    keep('a', '7-aa', { server: 'sps2.test:443' });
    const without = caches.of('list', { servers: new Set(['sps1.test:443']) });
    expect(without.get('a', state.nowMs)).toBeUndefined();
  });
});

describe('limits', () => {
  test('the oldest of all services goes', () => {
    const { caches, state, keep, known, statistics } = kept({ entriesMax: 3 });
    keep('ab');
    state.nowMs += 1;
    const other = caches.of('mhr', { servers: new Set(['mhr']) });
    const answers: HashAnswer[] = [...'xy'].map((sha256) => ({ sha256, verdict: 'unknown', ttlSeconds: 60 }));
    other.keep({ server: 'mhr', patternId: '', patternVersion: '', answers }, state.nowMs);
    expect(known('ab')).toBe('b');
    expect(other.get('x', state.nowMs)).toBeDefined();
    expect(statistics()).toMatchObject({ evicted: 1, entries: 1 });
    expect(statistics('mhr')).toMatchObject({ evicted: 0, entries: 2 });
  });

  test('of memory', () => {
    const cache = kept({ bytesMax: 1000 });
    cache.keep('abcdefgh');
    expect(cache.known('abcdefgh')).toBe('fgh');
    expect(cache.statistics()?.bytes).toBeLessThanOrEqual(1000);
  });

  test('none are kept, and none are written', () => {
    const cache = kept({ entriesMax: 0 });
    cache.keep('a');
    expect(cache.known('a')).toBe('');
    expect(cache.changes).toEqual([]);
  });

  test('smaller ones hold at once', () => {
    const cache = kept();
    cache.keep('abcd');
    cache.caches.limit({ entriesMax: 2, bytesMax: 1e6 });
    expect(cache.known('abcd')).toBe('cd');
  });
});

test('statistics count what was found, by server, and what went', () => {
  const cache = kept();
  cache.keep('a');
  cache.keep('b', '7-aa', { server: 'sps2.test:443' });
  cache.known('aabx');
  cache.state.nowMs += 60_000;
  cache.known('a');
  cache.keep('c', '8-bb');
  expect(cache.statistics()).toMatchObject({ misses: 2, expired: 1, evicted: 0, emptied: 1, entries: 1 });
  expect([...(cache.statistics()?.hits ?? [])]).toEqual([
    ['sps1.test:443', 2],
    ['sps2.test:443', 1],
  ]);
});

describe('who follows', () => {
  /** What another cache makes of the changes. */
  function replayed(
    changes: Iterable<AnswerChange>,
    caches: AnswerCaches = createAnswerCaches({ entriesMax: 9, bytesMax: 1e6 }),
  ) {
    for (const change of changes) caches.apply(change);
    return kept({ caches });
  }

  test('has what is kept by all changes, and by the few that lead there', () => {
    const cache = kept();
    cache.keep('ab');
    cache.keep('c', '8-bb');
    cache.keep('de', '8-bb', { server: 'sps2.test:443' });
    cache.keep('f', '8-bb', { ttlSeconds: 1 });
    cache.state.nowMs += 1000;
    const few = [...cache.caches.changes(cache.state.nowMs)];
    expect(few.length).toBe(2);
    for (const changes of [cache.changes, few]) {
      const other = replayed(changes);
      other.state.nowMs = cache.state.nowMs;
      expect(other.known('abcdef')).toBe('cde');
    }
  });

  test('knows by which filter they were kept: a newer one at the start empties', () => {
    const cache = kept();
    cache.state.filter = '7-ff';
    cache.keep('a');
    const other = replayed(cache.changes);
    other.state.filter = '8-ff';
    expect(other.known('a')).toBe('');
  });

  test('a start with a clock that was set back uses nothing', () => {
    const cache = kept();
    cache.keep('a', '7-aa', { ttlSeconds: 600 });
    const other = replayed(cache.changes);
    other.state.nowMs -= 2000;
    expect(other.known('a')).toBe('');
  });

  test('is told when all goes', () => {
    const cache = kept();
    cache.keep('a');
    cache.caches.clear();
    expect(replayed(cache.changes).known('a')).toBe('');
    expect(cache.changes.at(-1)).toEqual({ emptied: 'list' });
  });
});
