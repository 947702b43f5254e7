import { describe, expect, test } from 'vitest';
import { ComponentRefused, type UpdateSource } from '../../src/actors/ports/components.ts';
import { createLocalReader } from '../../src/adapters/message-reader/local-reader.ts';
import { failCount, serverState } from '../../src/machines/server-state.ts';
import { actorSystem, serverList, testTimes } from '../support/actor-system.ts';
import { atRest } from '../support/at-rest.ts';
import { base64Lines } from '../support/mails.ts';
import { download, wordEngine, wordPattern } from '../support/stub-components.ts';
import { type RunningGateway, runningGateway, withSteps } from './running-gateway.ts';

const sps = 'sps1.test:443';
const state = (gateway: RunningGateway) => {
  const snapshot = gateway.server(sps);
  return `${serverState(snapshot)} ${failCount(snapshot)}`;
};
const requests = (gateway: RunningGateway) => gateway.reputation.pending.map(({ kind, epoch }) => `${kind} ${epoch}`);

/** A gateway whose only server is failed over. */
async function failedOver(settings: Parameters<typeof runningGateway>[0] = {}) {
  const gateway = await runningGateway({ threshold: 1, ...settings });
  for (let each = 0; each < 2; each++) {
    await gateway.send(`file ${each}`, 'asked');
    await gateway.answer('refused');
  }
  const third = await gateway.send('file 3', 'asked');
  await gateway.answer('refused');
  expect([third.reply?.code, state(gateway)]).toEqual([250, 'FailedOver 2']);
  return gateway;
}

describe('restart with a scan in progress', () => {
  test('the scan finishes under its old epoch; its answer is used, its connections are closed afterwards', async () => {
    const gateway = await runningGateway();
    const sending = await gateway.send('file', 'asked');
    gateway.gateway.restart('command');
    await atRest();
    expect(gateway.reputation.closed).toEqual([]);
    await gateway.answer('ok');
    expect(sending.reply?.code).toBe(250);
    expect(gateway.reputation.closed).toEqual([1]);
  });

  test('D10: counts are gone, and late failures of the old epoch do not count', async () => {
    const gateway = await runningGateway();
    const sendings = [await gateway.send('a', 'asked'), await gateway.send('b', 'asked')];
    await gateway.answer('refused');
    expect(state(gateway)).toBe('Failing 1');
    gateway.gateway.restart('command');
    await atRest();
    expect(state(gateway)).toBe('Healthy 0');
    await gateway.answer('refused');
    expect(sendings.map(({ reply }) => reply?.code)).toEqual([451, 451]);
    expect(state(gateway)).toBe('Healthy 0');
  });

  test('new messages go to the new epoch with its settings (D20)', async () => {
    const gateway = await runningGateway({ headers: true });
    gateway.settings = { ...gateway.settings, headers: false };
    await gateway.send('before');
    gateway.gateway.restart('settings');
    await atRest();
    await gateway.send('after');
    const marked = gateway.nextHop.delivered.map(({ content }) => content.includes('X-Sekisho:'));
    expect(marked).toEqual([true, false]);
  });

  test('a scan that waits for a connect attempt gets 451 at once: that attempt is gone (D10, D18)', async () => {
    const gateway = await runningGateway({ threshold: 1 });
    for (let each = 0; each < 2; each++) {
      await gateway.send(`file ${each}`, 'asked');
      await gateway.answer('refused');
    }
    const sending = await gateway.send('file 3', 'asked');
    expect(requests(gateway)).toEqual(['connect 1']);
    gateway.gateway.restart('command');
    await atRest();
    expect(sending.reply?.code).toBe(451);
    expect(requests(gateway)).toEqual([]);
  });

  test('a scan of an old epoch does not ask the same server without end (D11)', async () => {
    const gateway = await runningGateway({
      servers: actorSystem({}).settings.servers.concat({ id: 'sps2.test:443', host: 'sps2.test', port: 443 }),
      threshold: 1,
    });
    await gateway.send('pattern', 'asked');
    await gateway.answer('ok');
    for (let each = 0; each < 2; each++) {
      await gateway.send(`file ${each}`, 'asked');
      await gateway.answer('refused');
      await gateway.answer('ok');
    }
    expect(state(gateway)).toBe('CachedInvalid 2');
    gateway.reputation.patternIds.set('sps2.test:443', 'other');
    const sending = await gateway.send('late', 'asked');
    if (requests(gateway)[0] === 'connect 1') await gateway.answer('ok');
    gateway.gateway.restart('command');
    await atRest();
    await gateway.answer('ok');
    expect(sending.reply?.code).toBe(451);
    expect(requests(gateway)).toEqual([]);
  });
});

describe('the start of a service that was failed over (D10)', () => {
  test('after a restart: probed before the first message of the new epoch; meanwhile the old one goes on conventionally', async () => {
    const gateway = await failedOver();
    gateway.gateway.restart('command');
    await atRest();
    expect(requests(gateway)).toEqual(['filter 2']);
    const meanwhile = await gateway.send('meanwhile', 'asked');
    expect(meanwhile.reply?.code).toBe(250);
    await gateway.answer('ok');
    expect(requests(gateway)).toEqual(['query 2']);
    await gateway.answer('ok');
    expect(state(gateway)).toBe('Healthy 0');
    await gateway.send('after', 'asked');
    expect(requests(gateway)).toEqual(['query 2']);
  });

  test('D16: a full disk here keeps no server from coming back: the filter in use has to do', async () => {
    const gateway = await failedOver();
    gateway.gateway.restart('command');
    await atRest();
    gateway.components.onInstall = () => {
      throw new ComponentRefused('disk-full', 'no room');
    };
    const [call] = gateway.reputation.pending;
    if (call) gateway.reputation.settle(call, 'ok', download('filter', '9'));
    await atRest();
    expect(requests(gateway)).toEqual(['query 2']);
    await gateway.answer('ok');
    expect(state(gateway)).toBe('Healthy 0');
  });

  test('D16: a filter that cannot be used does keep it away', async () => {
    const gateway = await failedOver();
    gateway.gateway.restart('command');
    await atRest();
    gateway.components.onInstall = () => {
      throw new ComponentRefused('probe-failed', 'it does not hold EICAR');
    };
    const [call] = gateway.reputation.pending;
    if (call) gateway.reputation.settle(call, 'ok', download('filter', '9'));
    await atRest();
    expect([requests(gateway), state(gateway)]).toEqual([[], 'FailedOver 0']);
  });

  test('after a crash: what the log says of the process before; the SMTP port waits for the probe', async () => {
    const gateway = withSteps(
      actorSystem({}, { past: { epoch: 7, failedOver: new Set([sps]), wasConventional: true } }),
    );
    let started = false;
    void gateway.gateway.started().then(() => (started = true));
    await atRest();
    while (gateway.reputation.pending.some(({ kind }) => kind !== 'query')) await gateway.answer('ok');
    expect(started).toBe(false);
    expect(requests(gateway)).toEqual(['query 1']);
    await gateway.answer('timeout');
    expect(started).toBe(true);
    expect(state(gateway)).toBe('FailedOver 0');
    expect(gateway.server(sps).context.epoch).toBe(8);
    expect((await gateway.send('file', 'asked')).reply?.code).toBe(250);
  });

  test('with fail_over=no it is Healthy again, and asked (D20)', async () => {
    const gateway = await failedOver();
    gateway.settings = { ...gateway.settings, failOver: false };
    gateway.gateway.restart('settings');
    await atRest();
    expect(state(gateway)).toBe('Healthy 0');
    await gateway.send('file', 'asked');
    expect(requests(gateway)).toEqual(['query 2']);
  });

  test('a canary that the server does not know is no recovery (D16)', async () => {
    const gateway = await failedOver();
    gateway.reputation.malicious.clear();
    await gateway.advance(300_000);
    await gateway.answer('ok');
    await gateway.answer('ok');
    expect(state(gateway)).toBe('FailedOver 2');
  });
});

describe('the search method (D16)', () => {
  const told = (gateway: RunningGateway) =>
    gateway.journal
      .appended()
      .filter(({ event }) => event.subject === 'method')
      .map(({ event }) => `${event.severitytext} ${event.type.replace('sekisho.method.', '')} ${event.data.epoch}`);

  test('switches when its only server is failed over, after that event, and returns with it', async () => {
    const gateway = await failedOver();
    expect(told(gateway)).toEqual(['INFO smart.v1 1', 'ERROR conventional.v1 1']);
    const types = gateway.log();
    expect(types[types.indexOf('sekisho.method.conventional.v1') - 1]).toBe('sekisho.server.failed-over.v1');
    await gateway.advance(300_000);
    await gateway.answer('ok');
    await gateway.answer('ok');
    expect(told(gateway).slice(2)).toEqual(['INFO smart.v1 1']);
  });

  test('does not switch while another server is left; a restart begins with what is known', async () => {
    const gateway = await runningGateway({ threshold: 1, servers: serverList(2) });
    for (let each = 0; each < 2; each++) {
      await gateway.send(`file ${each}`, 'asked');
      await gateway.answer('refused');
      await gateway.answer('ok');
    }
    await gateway.send('file 3', 'asked');
    expect(requests(gateway)).toEqual(['connect 1', 'query 1']);
    await gateway.answer('refused');
    await gateway.answer('ok');
    expect(state(gateway)).toBe('FailedOver 2');
    gateway.gateway.restart('command');
    await atRest();
    const events = gateway.journal.appended().map(({ event }) => event);
    expect(told(gateway)).toEqual(['INFO smart.v1 1', 'INFO server-failed-over.v1 1', 'INFO smart.v1 2']);
    expect(events.findLast(({ subject }) => subject === 'method')?.data.failedOver).toEqual([sps]);
  });

  test('a restart in an outage is no second alarm, nor is the start of the next process; its end is told (D10)', async () => {
    const gateway = await failedOver();
    gateway.gateway.restart('command');
    await atRest();
    expect(told(gateway).slice(2)).toEqual(['INFO conventional.v1 2']);
    const past = { epoch: 2, failedOver: new Set([sps]), wasConventional: true };
    const next = withSteps(actorSystem({}, { past }));
    void next.gateway.started();
    await atRest();
    expect(told(next)).toEqual(['INFO conventional.v1 3']);
    while (next.reputation.pending.length > 0) await next.answer('ok');
    expect(told(next).slice(1)).toEqual(['INFO smart.v1 3']);
  });

  test('what somebody has set is a state of its own', async () => {
    const gateway = await failedOver();
    gateway.settings = { ...gateway.settings, method: 'conventional' };
    gateway.gateway.restart('settings');
    await atRest();
    expect(told(gateway).at(-1)).toBe('INFO conventional-by-setting.v1 2');
  });
});

describe('components', () => {
  test('a schedule that was changed holds from the next epoch on; a restart alone begins no updater anew', async () => {
    const hourly = { kind: 'every', ms: 3_600_000 } as const;
    let times = { ...testTimes, schedules: { ...testTimes.schedules, conventional: hourly } };
    const gateway = await runningGateway({}, { times: () => times });
    const checks = (name: string) =>
      gateway.log(`component/${name}`).filter((type) => type.includes('checking')).length;
    const agent = gateway.log('component/agent').length;
    gateway.gateway.restart('settings');
    await atRest();
    expect(gateway.log('component/agent')).toHaveLength(agent);
    times = { ...times, schedules: { ...times.schedules, agent: null } };
    gateway.gateway.restart('settings');
    await atRest();
    const last = gateway.journal.appended().findLast(({ event }) => event.subject === 'component/agent');
    expect(last?.event).toMatchObject({ type: 'sekisho.updater.waiting.v1', data: { waitMs: null, version: '1' } });
    await gateway.advance(3 * 3_600_000);
    expect([gateway.log('component/agent').length, checks('conventional')]).toEqual([agent + 1, 3]);
  });

  test('a pattern that was updated restarts the service; a scan in progress keeps the one it began under', async () => {
    let version = '1';
    const updates: UpdateSource = {
      fetch: async (name, { versions }) =>
        name === 'agent' && !versions.includes(version) ? download(name, version) : 'unchanged',
      minWaitMs: () => 0,
      close: async () => {},
    };
    const reader = createLocalReader(wordEngine);
    const gate = Promise.withResolvers<void>();
    const minutely = { kind: 'every', ms: 60_000 } as const;
    const times = {
      ...{ filterCheckMs: 900_000, filterStaleMs: 900_000 },
      ...{ retryMs: 900_000, retryMsMax: 900_000, jitterMsMax: 0, timeZone: 'UTC' },
    };
    const gateway = await runningGateway(
      {},
      {
        updates,
        times: () => ({ ...times, schedules: { agent: minutely, conventional: minutely } }),
        reader: { read: (...given) => gate.promise.then(() => reader.read(...given)) },
      },
    );
    gateway.components.install = async () => {
      gateway.components.components = { agent: wordPattern('NEW', { version }) };
    };
    const before = await gateway.send('NEW');
    version = '2';
    await gateway.advance(60_000);
    expect(gateway.server(sps).context.epoch).toBe(2);
    gate.resolve();
    await atRest();
    const after = await gateway.send('NEW');
    expect([before.reply?.code, after.reply?.code]).toEqual([250, 250]);
    const isThere = gateway.nextHop.delivered.map(({ content }) => content.includes(base64Lines(Buffer.from('NEW'))));
    expect(isThere).toEqual([true, false]);
  });

  /** A gateway without an agent pattern on disk, whose update source works or not. */
  async function withoutPattern(isWorking: () => boolean) {
    const updates: UpdateSource = {
      fetch: async (name, { versions }) => {
        if (!isWorking()) throw new Error('no such host');
        return versions.length === 0 ? download(name, '1') : 'unchanged';
      },
      minWaitMs: () => 0,
      close: async () => {},
    };
    const gateway = withSteps(actorSystem({}, { updates }));
    const { filter } = gateway.components.components;
    gateway.components.components = filter ? { filter } : {};
    const started = gateway.gateway.started();
    await atRest();
    while (gateway.reputation.pending.length > 0) await gateway.answer('ok');
    await started;
    return gateway;
  }

  test('a pattern that comes after a start without one is in use at once: by a new epoch (D3, D10)', async () => {
    let isWorking = false;
    const gateway = await withoutPattern(() => isWorking);
    expect((await gateway.send('before')).reply?.text).toContain('Scanner not ready');
    isWorking = true;
    await gateway.advance(900_000);
    expect(gateway.components.installed).toEqual(['agent 1', 'conventional 1']);
    expect((await gateway.send('after')).reply?.code).toBe(250);
    expect(gateway.server(sps).context.epoch).toBeGreaterThan(1);
  });

  test('patterns that come in time for the first epoch are part of it: no restart', async () => {
    const gateway = await withoutPattern(() => true);
    expect(gateway.components.installed).toEqual(['agent 1', 'conventional 1']);
    expect((await gateway.send('first')).reply?.code).toBe(250);
    expect(gateway.server(sps).context.epoch).toBe(1);
  });
});

describe('stop', () => {
  test('waits for the scans in progress, at most the drain time', async () => {
    const gateway = await runningGateway();
    const sending = await gateway.send('file', 'asked');
    let stopped = false;
    void gateway.gateway.stop().then(() => (stopped = true));
    await atRest();
    expect(stopped).toBe(false);
    await gateway.answer('ok');
    expect([sending.reply?.code, stopped]).toEqual([250, true]);
  });

  test('a scan that does not end is not waited for longer', async () => {
    const gateway = await runningGateway({}, { reader: { read: () => new Promise(() => {}) } });
    await gateway.send('file');
    let stopped = false;
    void gateway.gateway.stop().then(() => (stopped = true));
    await gateway.advance(7999);
    expect(stopped).toBe(false);
    await gateway.advance(1);
    expect(stopped).toBe(true);
  });
});
