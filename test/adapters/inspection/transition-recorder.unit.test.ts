import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createActor, fromPromise, setup } from 'xstate';
import { createTransitionRecorder } from '../../../src/adapters/inspection/transition-recorder.ts';
import type { Envelope, Lane } from '../../../src/events/envelope.ts';
import type { Answered, Findings } from '../../../src/events/scan.ts';
import { messageScanMachine } from '../../../src/machines/message-scan.ts';
import type { TransitionData } from '../../../src/machines/replay.ts';
import { reputationServerMachine } from '../../../src/machines/reputation-server.ts';
import { sessionMachine } from '../../../src/machines/session.ts';
import type { VirusRule } from '../../../src/machines/virus-rule.ts';
import { serverInput } from '../../machines/snapshots.ts';

function recorder(steadyMs: () => number = () => 0) {
  const events: Envelope<TransitionData>[] = [];
  const lanes: Lane[] = [];
  const problems: unknown[] = [];
  const inspect = createTransitionRecorder({
    source: '/sekisho/gateway/mx1',
    idPrefix: 'p1',
    now: () => Date.UTC(2026, 10, 24, 1, 2, 3, 4),
    steadyMs,
    record: (lane, event) => {
      lanes.push(lane);
      events.push(event);
    },
    onProblem: (problem) => problems.push(problem),
  });
  return { events, lanes, problems, inspect };
}

const clean: Findings = {
  ...{ method: 'smart', files: [], fileCount: 0, unscannable: [], malware: [], toAsk: [], components: {} },
};
const rule: VirusRule = {
  malware: 'quarantine',
  encrypted: 'pass',
  unsupported: 'pass',
  unreadable: 'pass',
  limit: 'pass',
};
const scanInput = (guid: string) => ({
  ...{ guid, size: 1, mailFrom: 'a@example.org', recipients: ['b@example.org'], recipientCount: 1 },
  ...{ client: '192.0.2.1', clientName: null, helo: null, queueId: null, messageId: null, subject: null },
  ...{ receivedMs: 0, messageMs: 90_000, rule },
});
/** A scan whose effects all succeed at once. */
const scan = messageScanMachine.provide({
  actors: {
    unpack: fromPromise(async () => clean),
    persist: fromPromise(async () => {}),
    act: fromPromise(async () => ({ code: 250, text: 'Ok' })),
  },
});

describe('transition recorder', () => {
  test('the envelope of a transition', () => {
    const { events, lanes, inspect } = recorder();
    const server = createActor(reputationServerMachine, { input: { ...serverInput, threshold: 1 }, inspect }).start();
    server.send({ type: 'QUERY_FAILED', kind: 'timeout', scan: 'A' });
    server.send({ type: 'QUERY_FAILED', kind: 'dns', scan: 'B' });
    expect(lanes).toEqual(['servers', 'servers', 'servers']);
    expect(events[0]?.data.input).toEqual({ ...serverInput, threshold: 1 });
    expect(events[2]).toMatchInlineSnapshot(`
      {
        "causationid": "p1.2",
        "correlationid": "B",
        "data": {
          "cacheSeconds": 300,
          "epoch": 1,
          "failCount": 2,
          "from": "Failing",
          "server": "sps.example.org:443",
          "state": "CachedInvalid.Unasked",
          "threshold": 1,
          "transition": "server.Failing:QUERY_FAILED:0",
          "trigger": {
            "kind": "dns",
            "scan": "B",
            "type": "QUERY_FAILED",
          },
          "trips": 1,
        },
        "datacontenttype": "application/json",
        "dataschema": "urn:sekisho:schema:sekisho.server.cached-invalid.v1",
        "id": "p1.3",
        "severitytext": "ERROR",
        "source": "/sekisho/gateway/mx1",
        "specversion": "1.0",
        "streamversion": 3,
        "subject": "server/sps.example.org:443",
        "time": "2026-11-24T01:02:03.004Z",
        "type": "sekisho.server.cached-invalid.v1",
      }
    `);
  });

  test('events of a scan say how long it took so far, and in the state before', async () => {
    let steadyMs = 5000;
    const { events, inspect } = recorder(() => steadyMs);
    const slow = scan.provide({
      actors: {
        unpack: fromPromise(async () => {
          steadyMs += 40.4;
          return clean;
        }),
        act: fromPromise(async () => {
          steadyMs += 7;
          return { code: 250, text: 'Ok' };
        }),
      },
    });
    createActor(slow, { input: scanInput('A'), inspect }).start();
    while (events.at(-1)?.data.state !== 'Answered') await setImmediate();
    const times = events.map(({ data }) => [data.state, data.elapsedMs, data.fromMs]);
    expect(times[0]).toEqual(['AgentPattern', 40, 40]);
    expect(times.at(-2)).toEqual(['Acting', 40, 0]);
    expect(times.at(-1)).toEqual(['Answered', 47, 7]);
  });

  test('events of one actor are numbered, each names the one before as its cause', () => {
    const { events, inspect } = recorder();
    const [a, b] = ['a:443', 'b:443'].map((server) =>
      createActor(reputationServerMachine, { input: { ...serverInput, server }, inspect }).start(),
    );
    a?.send({ type: 'QUERY_FAILED', kind: 'timeout' });
    b?.send({ type: 'QUERY_FAILED', kind: 'timeout' });
    a?.send({ type: 'QUERY_ANSWERED' });
    const ofA = events.filter(({ subject }) => subject === 'server/a:443');
    expect(ofA.map(({ streamversion }) => streamversion)).toEqual([1, 2, 3]);
    expect(ofA.map(({ causationid }) => causationid)).toEqual([undefined, ofA[0]?.id, ofA[1]?.id]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  test('an event that nobody handles is not recorded', () => {
    const { events, inspect } = recorder();
    const server = createActor(reputationServerMachine, { input: serverInput, inspect }).start();
    server.send({ type: 'QUERY_ANSWERED' });
    expect(events).toHaveLength(1);
  });

  test('eventless steps follow from the event before: the trigger is recorded once', async () => {
    const { events, inspect } = recorder();
    createActor(scan, { input: scanInput('A'), inspect }).start();
    while (events.at(-1)?.data.state !== 'Answered') await setImmediate();
    expect(events.map(({ data }) => [data.transition, data.trigger?.type])).toEqual([
      ['scan.Unpacking:xstate.done.actor.unpack:2', 'xstate.done.actor.unpack'],
      ['scan.AgentPattern:always:1', undefined],
      ['scan.QueryFilter:always:1', undefined],
      ['scan.Verdict:xstate.done.actor.persist', 'xstate.done.actor.persist'],
      ['scan.Acting:xstate.done.actor.act', 'xstate.done.actor.act'],
    ]);
  });

  test('a scan is seen inside its session, and a server names the event of the scan that caused its own', async () => {
    const { events, inspect } = recorder();
    const durable = Promise.withResolvers<void>();
    const waiting = scan.provide({ actors: { persist: fromPromise(() => durable.promise) } });
    const session = sessionMachine.provide({ actors: { scan: waiting } });
    const actor = createActor(session, { input: { session: '1', client: '192.0.2.1' }, inspect }).start();
    const server = createActor(reputationServerMachine, { input: serverInput, inspect }).start();
    actor.send({ type: 'MESSAGE', scan: scanInput('A') });
    while (!events.some(({ type }) => type === 'sekisho.scan.verdict.v1')) await setImmediate();
    const ofScan = events.filter(({ subject }) => subject === 'scan/A');
    server.send({ type: 'QUERY_FAILED', kind: 'timeout', scan: 'A' });
    expect(events.at(-1)).toMatchObject({ correlationid: 'A', causationid: ofScan.at(-1)?.id });
    durable.resolve();
    while (actor.getSnapshot().value !== 'Idle') await setImmediate();
    expect(
      new Set(events.filter(({ subject }) => subject.startsWith('scan/')).map((each) => each.correlationid)),
    ).toEqual(new Set(['A']));
    // The scan has ended: what comes later is not laid at its door.
    server.send({ type: 'QUERY_FAILED', kind: 'timeout', scan: 'A' });
    expect(events.at(-1)?.causationid).not.toBe(events.filter(({ subject }) => subject === 'scan/A').at(-1)?.id);
  });

  test('a machine without a rule is left alone', () => {
    const { events, problems, inspect } = recorder();
    const other = setup({}).createMachine({ id: 'other', on: { GO: { actions: () => {} } } });
    createActor(other, { inspect }).start().send({ type: 'GO' });
    expect([events, problems]).toEqual([[], []]);
  });

  test('what cannot be recorded is told, and harms no actor', () => {
    const { events, problems, inspect } = recorder();
    const broken = setup({}).createMachine({
      id: 'server',
      initial: 'A',
      context: {
        get server(): string {
          throw new Error('unreadable');
        },
      },
      states: { A: { on: { GO: 'B' } }, B: {} },
    });
    const actor = createActor(broken, { inspect }).start();
    actor.send({ type: 'GO' });
    expect([actor.getSnapshot().status, actor.getSnapshot().value]).toEqual(['active', 'B']);
    expect(events).toEqual([]);
    expect(problems).toEqual([new Error('unreadable')]);
    // The tap goes on with the others.
    createActor(reputationServerMachine, { input: serverInput, inspect }).start();
    expect(events).toHaveLength(1);
  });

  test('a journal that throws harms no actor either', () => {
    const problems: unknown[] = [];
    const inspect = createTransitionRecorder({
      ...{ source: '/test', idPrefix: 't', now: () => 0, onProblem: (problem) => problems.push(problem) },
      record: () => {
        throw new Error('full');
      },
    });
    const actor = createActor(reputationServerMachine, { input: serverInput, inspect }).start();
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', value: 'Healthy' });
    expect(problems).toEqual([new Error('full')]);
  });

  test('the heap stays flat over 20,000 scans that are given up half-way', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    let recorded = 0;
    const inspect = createTransitionRecorder({
      ...{ source: '/test', idPrefix: 't', now: () => 0, onProblem: (problem) => expect.unreachable(String(problem)) },
      record: () => {
        recorded += 1;
      },
    });
    // Left in Querying: such a scan never tells the tap that it has ended.
    const asking = messageScanMachine.provide({
      actors: {
        unpack: fromPromise<Findings, string>(async () => ({ ...clean, toAsk: ['h'] })),
        ask: fromPromise<Answered, string>(() => new Promise(() => {})),
      },
    });
    async function scans(from: number, to: number) {
      for (let batch = from; batch < to; batch += 100) {
        const actors = Array.from({ length: 100 }, (_, index) =>
          createActor(asking, { input: scanInput(`scan-${batch + index}`), inspect }).start(),
        );
        await setImmediate();
        for (const actor of actors) actor.stop();
      }
      collect();
      return process.memoryUsage().heapUsed;
    }
    // The causes of unfinished scans are bounded by 10,000: with these they are full.
    const before = await scans(0, 12_000);
    const after = await scans(12_000, 32_000);
    expect(recorded).toBeGreaterThan(3 * 32_000 - 1);
    // A scan that is kept would be some thousand bytes; what is less comes and goes with the collector.
    expect((after - before) / 20_000).toBeLessThan(200);
  });
});
