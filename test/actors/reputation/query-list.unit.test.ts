import { describe, expect, test } from 'vitest';
import { type ListAnswer, QueryFailed, queryList } from '../../../src/actors/reputation/query-list.ts';
import { atRest } from '../../support/at-rest.ts';
import { type RunningServers, runningServers } from './running-servers.ts';

const [first, second] = ['sps1.test:443', 'sps2.test:443'];

/** A query, and how it ended. */
function query(system: RunningServers) {
  const outcome: { answer?: ListAnswer; failed?: QueryFailed } = {};
  queryList(system, ['00'], 'scan').then(
    (answer) => (outcome.answer = answer),
    (error) => (outcome.failed = error),
  );
  return outcome;
}

/** A query that all servers fail. */
async function failing(system: RunningServers, count: number) {
  const outcome = query(system);
  for (let asked = 0; asked < count; asked++) await system.answer('refused');
  return outcome.failed?.treatment;
}

describe('the order of the list (D11)', () => {
  test('servers are tried as listed; a failed query goes on to the next, and each failure counts for its own server', async () => {
    const system = runningServers();
    const outcome = query(system);
    expect(await system.answer('status')).toBe(first);
    expect(await system.answer('ok')).toBe(second);
    expect(outcome.answer?.server).toBe(second);
    expect(system.states()).toEqual(['Failing 1', 'Healthy 0']);
  });

  test('at random when the setting says so: by the numbers drawn, smallest first', async () => {
    const system = runningServers({ order: 'random', count: 3 });
    const drawn = [0.9, 0.1, 0.5];
    const outcome = query({ ...system, identity: { ...system.identity, random: () => drawn.shift() ?? 0 } });
    const asked = [await system.answer('refused'), await system.answer('refused'), await system.answer('ok')];
    expect(asked).toEqual([second, 'sps3.test:443', first]);
    expect(outcome.answer?.server).toBe(first);
  });

  test('an invalid server is skipped', async () => {
    const system = runningServers();
    for (let failure = 0; failure < 3; failure++) system.servers.send(first, { type: 'QUERY_FAILED', kind: 'refused' });
    expect(system.states()[0]).toBe('CachedInvalid 3');
    query(system);
    expect(await system.answer('ok')).toBe(second);
  });
});

describe('another pattern (D11)', () => {
  test('a server of another pattern than the first that answered is left out; the next one is asked', async () => {
    const system = runningServers({ count: 3 });
    system.pending.patternIds.set(second, 'other');
    query(system);
    await system.answer('ok');
    const outcome = query(system);
    await system.answer('refused');
    expect(await system.answer('ok')).toBe(second);
    expect(await system.answer('ok')).toBe('sps3.test:443');
    expect(outcome.answer).toMatchObject({ server: 'sps3.test:443', patternId: 'main' });
    expect(system.states()).toEqual(['Failing 1', 'LeftOut 0', 'Healthy 0']);
    query(system);
    await system.answer('refused');
    expect(system.pending.pending.map(({ server }) => server)).toEqual(['sps3.test:443']);
  });

  test('a list whose servers all move to another pattern moves with its last one', async () => {
    const system = runningServers({ count: 2 });
    query(system);
    await system.answer('ok');
    for (const server of [first, second]) system.pending.patternIds.set(server, 'other');
    const outcome = query(system);
    expect(await system.answer('ok')).toBe(first);
    expect(await system.answer('ok')).toBe(second);
    expect(outcome.answer).toMatchObject({ server: second, patternId: 'other' });
    expect(system.states()).toEqual(['LeftOut 0', 'Healthy 0']);
  });

  test('a server alone in its list may change its pattern', async () => {
    const system = runningServers({ count: 1 });
    query(system);
    await system.answer('ok');
    system.pending.patternIds.set(first, 'other');
    const outcome = query(system);
    await system.answer('ok');
    expect(outcome.answer?.patternId).toBe('other');
    expect(system.states()).toEqual(['Healthy 0']);
  });
});

describe('time (D7)', () => {
  test('each server has query_timeout_ms; a server that hangs is a timeout that counts', async () => {
    const system = runningServers({ queryTimeoutMs: 1500, queryTotalMs: 5000 });
    const outcome = query(system);
    await system.advance(1499);
    expect(system.states()).toEqual(['Healthy 0', 'Healthy 0']);
    await system.advance(1);
    expect(system.pending.pending.map(({ server }) => server)).toEqual([second]);
    await system.advance(1500);
    expect(outcome.failed).toMatchObject({ kind: 'timeout', treatment: 'deferred' });
    expect(system.states()).toEqual(['Failing 1', 'Failing 1']);
  });

  test('query_total_ms bounds the query; a server that was not asked is not counted', async () => {
    const system = runningServers({ count: 3, queryTimeoutMs: 2000, queryTotalMs: 4000 });
    const outcome = query(system);
    await system.advance(4000);
    expect(outcome.failed).toBeInstanceOf(QueryFailed);
    expect(system.states()).toEqual(['Failing 1', 'Failing 1', 'Healthy 0']);
  });

  test('nor is one that had less than its own time', async () => {
    const system = runningServers({ queryTimeoutMs: 3000, queryTotalMs: 5000 });
    const outcome = query(system);
    await system.advance(5000);
    expect(outcome.failed).toMatchObject({ kind: 'timeout', treatment: 'deferred' });
    expect(system.states()).toEqual(['Failing 1', 'Healthy 0']);
  });

  test('D15: nobody gets 451 for a server that had less than its own time, when the others are invalid', async () => {
    const system = runningServers({ threshold: 1, queryTimeoutMs: 3000, queryTotalMs: 5000 });
    const outcomes = [query(system), query(system), query(system)];
    await system.advance(5000);
    expect(outcomes.map(({ failed }) => failed?.treatment)).toEqual(['deferred', 'deferred', 'while-invalid']);
    expect(system.states()).toEqual(['CachedInvalid 2', 'Healthy 0']);
  });

  test('the time of an answer that was no use counts in the total, too', async () => {
    const system = runningServers({ count: 3, queryTimeoutMs: 2000, queryTotalMs: 3000 });
    query(system);
    await system.answer('ok');
    system.pending.patternIds.set(first, 'other');
    const outcome = query(system);
    await system.advance(1999);
    await system.answer('ok');
    await system.advance(1001);
    expect(outcome.failed?.kind).toBe('timeout');
    expect(system.pending.pending).toEqual([]);
  });
});

describe('what a failure is', () => {
  test.each(['refused', 'dns', 'tls', 'timeout', 'status', 'response', 'credentials'] as const)(
    'D5: %s counts',
    async (kind) => {
      const system = runningServers({ count: 1 });
      const outcome = query(system);
      await system.answer(kind);
      expect(outcome.failed?.kind).toBe(kind);
      expect(system.states()).toEqual(['Failing 1']);
    },
  );

  test('D6: 429 moves no count; the server is skipped until its Retry-After, and counts as invalid meanwhile', async () => {
    const system = runningServers({ count: 1 });
    const outcome = query(system);
    await system.answer('throttled');
    expect(outcome.failed).toMatchObject({ kind: 'throttled', treatment: 'while-invalid' });
    const next = query(system);
    await atRest();
    expect(next.failed).toMatchObject({ kind: 'invalid', treatment: 'while-invalid' });
    await system.advance(system.pending.retryAfterMs);
    expect(system.states()).toEqual(['Healthy 0']);
  });

  test('D5: what the server calls malformed or too large is charged to the message; no other server is asked', async () => {
    const system = runningServers();
    const outcome = query(system);
    await system.answer('message');
    expect(outcome.failed).toMatchObject({ kind: 'message', treatment: 'message' });
    expect(system.states()).toEqual(['Healthy 0', 'Healthy 0']);
    expect(system.pending.pending).toEqual([]);
  });

  test('an adapter that throws anything else is a failure of the server, never an answer', async () => {
    const system = runningServers({ count: 1 });
    const outcome = query({
      ...system,
      reputation: { ...system.reputation, query: () => Promise.reject(new TypeError('defect')) },
    });
    await atRest();
    expect(outcome.failed?.kind).toBe('response');
    expect(system.states()).toEqual(['Failing 1']);
  });
});

describe('451 or "received while invalid" (D15)', () => {
  test('451 up to and including the failure that trips; then while invalid, for those that were in flight, too', async () => {
    const system = runningServers({ count: 1, threshold: 2 });
    const inFlight = [query(system), query(system), query(system), query(system)];
    for (let each = 0; each < 4; each++) await system.answer('refused');
    expect(inFlight.map(({ failed }) => failed?.treatment)).toEqual([
      'deferred',
      'deferred',
      'deferred',
      'while-invalid',
    ]);
  });

  test('the failure that trips again after the 300 s is "while invalid" (D12)', async () => {
    const system = runningServers({ count: 1, threshold: 2 });
    for (let each = 0; each < 3; each++) await failing(system, 1);
    await system.advance(300_000);
    expect(system.states()).toEqual(['Failing 3']);
    expect(await failing(system, 1)).toBe('while-invalid');
    expect(system.states()).toEqual(['CachedInvalid 4']);
  });

  test('451 as long as one server of the list fails without being invalid', async () => {
    const system = runningServers({ threshold: 2 });
    for (let each = 0; each < 3; each++) system.servers.send(first, { type: 'QUERY_FAILED', kind: 'refused' });
    expect(await failing(system, 1)).toBe('deferred');
  });
});
