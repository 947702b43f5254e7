import { describe, expect, test } from 'vitest';
import { type ComponentCheckParts, checkComponent } from '../../src/actors/component-checks.ts';
import { createComponentUpdate } from '../../src/actors/component-update.ts';
import type { Epoch } from '../../src/actors/epoch.ts';
import { ComponentRefused } from '../../src/actors/ports/components.ts';
import { ReputationFailure } from '../../src/actors/ports/reputation.ts';
import type { CheckOutcome } from '../../src/machines/component-updater.ts';
import { atRest } from '../support/at-rest.ts';
import { download, StubComponents, setFilter, wordPattern } from '../support/stub-components.ts';
import { runningServers } from './reputation/running-servers.ts';

/** Checks with real server actors, and requests that the test answers. */
function checks(changes: Parameters<typeof runningServers>[0] = {}) {
  const system = runningServers(changes);
  const components = new StubComponents({ agent: wordPattern('A'), filter: setFilter(new Set()) });
  const asked: string[] = [];
  const parts: ComponentCheckParts = {
    components,
    clock: system.clock,
    identity: { random: () => 0.25 },
    updates: {
      fetch: async (name, { versions }) => {
        asked.push(`${name} ${versions}`);
        return 'unchanged';
      },
      minWaitMs: () => 0,
      close: async () => {},
    },
    update: createComponentUpdate({ components, clock: system.clock }),
    epoch: () => ({ servers: system.servers, reputation: system.reputation }) as Epoch,
    onPatternUpdated: () => void asked.push('restart'),
  };
  const abort = new AbortController();
  return {
    ...system,
    components,
    asked,
    parts,
    abort,
    async check(component: 'filter' | 'agent' | 'conventional') {
      const outcome: { done?: CheckOutcome; failed?: Error & { kind: string; ageMs: number } } = {};
      checkComponent(parts, component, abort.signal).then(
        (done) => (outcome.done = done),
        (error) => (outcome.failed = error),
      );
      await atRest();
      return outcome;
    },
  };
}

describe('patterns come from the update source (D2)', () => {
  test('unchanged: confirmed as the newest, no restart', async () => {
    const system = checks();
    const outcome = await system.check('agent');
    expect(outcome.done).toMatchObject({ outcome: 'unchanged', version: '1' });
    expect([system.asked, system.components.confirmed]).toEqual([['agent 1'], ['agent']]);
  });

  test('a newer one is installed, and the scan service restarts', async () => {
    const system = checks();
    system.parts.updates.fetch = async () => download('agent', '2');
    expect((await system.check('agent')).done).toMatchObject({ outcome: 'installed', version: '2' });
    expect(system.asked).toEqual(['restart']);
  });

  test('so is the first one ever: the service runs without it', async () => {
    const system = checks();
    system.parts.updates.fetch = async () => download('conventional', '1');
    expect((await system.check('conventional')).done?.outcome).toBe('installed');
    expect(system.asked).toEqual(['restart']);
  });

  test('its failures move no fail count, and say how old the pattern in use is', async () => {
    const system = checks();
    system.parts.updates.fetch = () => Promise.reject(new ReputationFailure('refused', 'no'));
    const { failed } = await system.check('agent');
    expect(failed).toMatchObject({ kind: 'refused', ageMs: system.clock.now() });
    expect(system.states()).toEqual(['Healthy 0', 'Healthy 0']);
  });

  test('what the schedule needs comes with every outcome: time, chance, and the wait that the source asks for', async () => {
    const system = checks();
    const moment = { atMs: system.clock.now(), random: 0.25, minWaitMs: 90_000 };
    system.parts.updates.minWaitMs = () => 90_000;
    expect((await system.check('agent')).done).toMatchObject({ ...moment, signatures: 1, heldBack: null });
    system.parts.updates.fetch = () =>
      Promise.reject(new ReputationFailure('throttled', 'no', { retryAfterMs: 120_000 }));
    expect((await system.check('agent')).failed).toMatchObject({ ...moment, minWaitMs: 120_000 });
    system.parts.updates.fetch = () => Promise.reject(new ComponentRefused('wrongly-signed', 'by nobody'));
    expect((await system.check('agent')).failed).toMatchObject({ ...moment, kind: 'wrongly-signed' });
  });

  test('after a roll back, the newest is told as held back', async () => {
    const system = checks();
    system.components.heldBack.set('agent', '2');
    expect((await system.check('agent')).done).toMatchObject({ outcome: 'held-back', version: '1', heldBack: '2' });
  });

  test('one that does not verify keeps the old one', async () => {
    const system = checks();
    system.parts.updates.fetch = async () => download('agent', '2');
    system.components.onInstall = () => {
      throw new ComponentRefused('does-not-load', 'damaged');
    };
    expect((await system.check('agent')).failed).toMatchObject({ kind: 'does-not-load', message: 'damaged' });
    expect(system.components.current().agent?.version).toBe('1');
    expect(system.asked).toEqual([]);
  });
});

describe('the version check of the filter', () => {
  test('D2: a new filter is no component update: no restart, no reset', async () => {
    const system = checks();
    system.servers.send('sps1.test:443', { type: 'QUERY_FAILED', kind: 'refused' });
    const outcome = await system.check('filter');
    const [call] = system.pending.pending;
    if (call) system.pending.settle(call, 'ok', download('filter', '9'));
    await atRest();
    expect(outcome.done).toMatchObject({ outcome: 'installed', version: '9' });
    expect(system.asked).toEqual([]);
    expect(system.states()[0]).toBe('Failing 1');
  });

  test('D9: a success clears version failures only; queries that failed stay counted', async () => {
    const system = checks({ threshold: 10 });
    system.servers.send('sps1.test:443', { type: 'QUERY_FAILED', kind: 'refused' });
    await system.check('filter');
    await system.answer('status');
    await system.answer('status');
    expect(system.states()).toEqual(['Failing 2', 'Failing 1']);
    await system.check('filter');
    await system.answer('ok');
    expect(system.states()).toEqual(['Failing 1', 'Failing 1']);
  });

  test('each server counts for itself; the first that answers ends the check', async () => {
    const system = checks({ count: 3 });
    const outcome = await system.check('filter');
    expect(await system.answer('refused')).toBe('sps1.test:443');
    expect(await system.answer('ok')).toBe('sps2.test:443');
    expect(outcome.done?.outcome).toBe('unchanged');
    expect(system.states()).toEqual(['Failing 1', 'Healthy 0', 'Healthy 0']);
  });

  test('an invalid server is not asked', async () => {
    const system = checks({ threshold: 1 });
    for (let each = 0; each < 2; each++)
      system.servers.send('sps1.test:443', { type: 'QUERY_FAILED', kind: 'refused' });
    await system.check('filter');
    expect(await system.answer('ok')).toBe('sps2.test:443');
  });

  test('nobody to ask: the check fails and says so', async () => {
    const system = checks({ count: 1, threshold: 1 });
    for (let each = 0; each < 2; each++)
      system.servers.send('sps1.test:443', { type: 'QUERY_FAILED', kind: 'refused' });
    expect((await system.check('filter')).failed?.message).toBe('no server of the list can be asked now');
  });

  test('D5, D9: a filter that is refused is a malformed answer of its server, and the next one is asked', async () => {
    const system = checks();
    const outcome = await system.check('filter');
    system.components.onInstall = () => {
      throw new ComponentRefused('probe-failed', 'it does not hold EICAR');
    };
    const [call] = system.pending.pending;
    if (call) system.pending.settle(call, 'ok', download('filter', '9'));
    await atRest();
    expect([system.states(), outcome]).toEqual([['Failing 1', 'Healthy 0'], {}]);
    expect(await system.answer('ok')).toBe('sps2.test:443');
    expect(outcome.done).toMatchObject({ outcome: 'unchanged', version: '1' });
  });

  test.each(['disk-full', 'no-key', 'not-stored'] as const)(
    'D9: %s is no fault of any server: told, and nothing is counted',
    async (kind) => {
      const system = checks();
      const outcome = await system.check('filter');
      system.components.onInstall = () => {
        throw new ComponentRefused(kind, 'ours');
      };
      const [call] = system.pending.pending;
      if (call) system.pending.settle(call, 'ok', download('filter', '9'));
      await atRest();
      expect(outcome.failed).toMatchObject({ kind, message: 'ours' });
      expect([system.states(), system.pending.pending]).toEqual([['Healthy 0', 'Healthy 0'], []]);
    },
  );

  test('D6: 429 moves no count', async () => {
    const system = checks({ count: 1 });
    await system.check('filter');
    await system.answer('throttled');
    expect(system.states()).toEqual(['Throttled 0']);
  });

  test('D7: when the time of the check is over, who was asked counts, and nobody after it', async () => {
    const system = checks();
    const outcome = await system.check('filter');
    system.abort.abort();
    await atRest();
    expect(outcome.failed?.kind).toBe('timeout');
    expect(system.states()).toEqual(['Failing 1', 'Healthy 0']);
  });

  test('D10: an outcome that comes after the epoch is over does not count', async () => {
    const system = checks({ count: 1 });
    await system.check('filter');
    system.servers.retire();
    await system.answer('refused');
    expect(system.states()).toEqual(['Healthy 0']);
  });
});
