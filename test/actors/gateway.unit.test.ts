import { describe, expect, test } from 'vitest';
import { failCount, serverState } from '../../src/machines/server-state.ts';
import { restartsMax } from '../../src/machines/supervisor.ts';
import { atRest } from '../support/at-rest.ts';
import { type RunningGateway, runningGateway } from './running-gateway.ts';

const sps = 'sps1.test:443';
const state = (gateway: RunningGateway) => {
  const snapshot = gateway.server(sps);
  return `${serverState(snapshot)} ${failCount(snapshot)}`;
};

/** A threshold that breaks whoever compares with it: the server actor fails at the second failure. */
class Broken {
  valueOf(): number {
    throw new Error('defect');
  }
}
const broken = () => runningGateway({ threshold: new Broken() as unknown as number });

async function failTwice(gateway: RunningGateway, name: string) {
  const first = await gateway.send(`${name} 1`, 'asked');
  await gateway.answer('refused');
  const second = await gateway.send(`${name} 2`, 'asked');
  await gateway.answer('refused');
  return [first.reply?.code, second.reply?.code];
}

describe('supervision', () => {
  test('a server actor that fails is started anew, the log says so, and the message in its hands gets 451', async () => {
    const gateway = await broken();
    expect(await failTwice(gateway, 'file')).toEqual([451, 451]);
    expect(state(gateway)).toBe('Healthy 0');
    expect(gateway.log('supervisor').filter((type) => type === 'sekisho.supervisor.child-restarted.v1')).toHaveLength(
      1,
    );
    const next = await gateway.send('next', 'asked');
    await gateway.answer('ok');
    expect(next.reply?.code).toBe(250);
  });

  test('one that fails again and again is given up: the process should end', async () => {
    const gateway = await broken();
    let givenUp = false;
    void gateway.gateway.givenUp().then(() => (givenUp = true));
    for (let each = 0; each < restartsMax; each++) await failTwice(gateway, `file ${each}`);
    expect(givenUp).toBe(false);
    await failTwice(gateway, 'last');
    await atRest();
    expect(givenUp).toBe(true);
    expect(gateway.log('supervisor')).toContain('sekisho.supervisor.given-up.v1');
  });
});

describe('the log', () => {
  test('holds every step of a scan, and names the scan that tripped a server', async () => {
    const gateway = await runningGateway({ threshold: 1 });
    await gateway.send('a', 'asked');
    await gateway.answer('timeout');
    await gateway.send('b', 'asked');
    await gateway.answer('timeout');
    const events = gateway.journal.appended().map(({ event }) => event);
    const trip = events.find(({ type }) => type === 'sekisho.server.cached-invalid.v1');
    const scans = [
      ...new Set(events.filter(({ subject }) => subject.startsWith('scan/')).map(({ subject }) => subject)),
    ];
    expect(trip).toMatchObject({ severitytext: 'ERROR', data: { failCount: 2, threshold: 1, cacheSeconds: 300 } });
    expect(`scan/${trip?.correlationid}`).toBe(scans[1]);
    const cause = events.find(({ id }) => id === trip?.causationid);
    expect(cause?.subject).toBe(scans[1]);
    expect(events.filter(({ subject }) => subject === scans[1]).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['sekisho.scan.querying.v1', 'sekisho.scan.deferred.v1']),
    );
  });

  test('never holds content of a file (invariant 9)', async () => {
    const gateway = await runningGateway();
    await gateway.send('SECRET-CONTENT AGENT');
    const log = JSON.stringify(gateway.journal.appended());
    expect(gateway.nextHop.delivered).toHaveLength(1);
    expect(log).toContain('Test.AGENT');
    expect(log).not.toContain('SECRET-CONTENT');
  });
});
