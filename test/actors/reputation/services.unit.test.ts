import { hash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { ServiceSettings } from '../../../src/actors/reputation/service-settings.ts';
import type { ScanSettings } from '../../../src/actors/scan-settings.ts';
import type { Verdict } from '../../../src/events/scan.ts';
import { failCount, serverState } from '../../../src/machines/server-state.ts';
import { atRest } from '../../support/at-rest.ts';
import { scriptedServices, testService } from '../../support/scripted-services.ts';
import { type RunningGateway, runningGateway, type Sending } from '../running-gateway.ts';

let gateway: RunningGateway;
let services: ReturnType<typeof scriptedServices>;
let files: number;

async function begin(own: readonly ServiceSettings[], settings: Partial<ScanSettings> = {}): Promise<void> {
  services = scriptedServices();
  files = 0;
  gateway = await runningGateway({ services: own, threshold: 2, ...settings }, { services: services.outside });
}
afterEach(() => expect(gateway.problems).toEqual([]));

const required = testService('mhr');
const advisory = testService('vt', { kind: 'virustotal', required: false });

/** Mail with a file of its own; the servers of the list are not asked. */
async function send(count = 1): Promise<(number | undefined)[]> {
  const sent: Sending[] = [];
  for (let each = 0; each < count; each++) sent.push(await gateway.send(`file ${++files}`));
  await atRest();
  return sent.map(({ reply }) => reply?.code);
}

const state = (name: string) => `${serverState(gateway.server(name))} ${failCount(gateway.server(name))}`;
const verdicts = () =>
  gateway.journal
    .appended()
    .flatMap(({ event }) => (event.type === 'sekisho.scan.verdict.v1' ? [event.data.verdict as Verdict] : []));
const methods = () => gateway.log('method').map((type) => type.replace('sekisho.method.', ''));

describe('a required service', () => {
  test('is asked about every suspicious file, without a filter; malware is treated so, with its details', async () => {
    await begin([required]);
    services.of('mhr').malicious.add(hash('sha256', 'bad'));
    await gateway.send('bad');
    await atRest();
    expect(verdicts()).toMatchObject([
      { verdict: 'malware', malware: [{ name: 'Scripted.Malware', by: 'server' }], servers: ['mhr'] },
    ]);
    expect(gateway.reputation.pending).toEqual([]);
  });

  test('D15: while it cannot be reached at most threshold + 1 messages get 451; then scans are conventional', async () => {
    await begin([required]);
    services.of('mhr').mode = 'gone';
    expect(await send(10)).toEqual([451, 451, 451, ...Array(7).fill(250)]);
    expect(state('mhr')).toBe('FailedOver 3');
    expect(methods()).toEqual(['smart.v1', 'conventional.v1']);
    expect(verdicts().every(({ method, unasked }) => method === 'conventional' && unasked.length > 0)).toBe(true);
    const asked = services.of('mhr').lookUps.length;
    await gateway.advance(299_000);
    expect(await send()).toEqual([250]);
    expect(services.of('mhr').lookUps).toHaveLength(asked);
    services.of('mhr').mode = 'up';
    await gateway.advance(2000);
    expect(state('mhr')).toBe('Healthy 0');
    expect(methods()).toEqual(['smart.v1', 'conventional.v1', 'smart.v1']);
    expect(await send()).toEqual([250]);
    expect(verdicts().at(-1)).toMatchObject({ method: 'smart', servers: ['mhr'] });
  });

  test('D15: of many sessions at once, silent, threshold + 1 get 451; the rest is scanned conventionally', async () => {
    await begin([required]);
    services.of('mhr').mode = 'silent';
    const sendings: Sending[] = [];
    for (let each = 0; each < 20; each++) sendings.push(await gateway.send(`at once ${each}`));
    await gateway.advance(1500);
    await gateway.advance(3000);
    const codes = sendings.map(({ reply }) => reply?.code);
    expect(codes.filter((code) => code === 451)).toHaveLength(3);
    expect(codes.filter((code) => code === 250)).toHaveLength(17);
  });

  test('without the box every message gets 451 until it works again', async () => {
    await begin([required], { failOver: false });
    services.of('mhr').mode = 'gone';
    expect(await send(6)).toEqual(Array(6).fill(451));
    services.of('mhr').mode = 'up';
    await gateway.advance(301_000);
    expect(await send()).toEqual([250]);
  });

  test('that can be reached while it is cached as invalid: 451, and the servers of the list are not asked again and again', async () => {
    await begin([required]);
    services.of('mhr').mode = 'broken';
    expect(await send(5)).toEqual(Array(5).fill(451));
    expect(state('mhr')).toBe('CachedInvalid 3');
    services.of('mhr').mode = 'up';
    const sending = await gateway.send('in the filter', 'asked');
    await gateway.answer('ok');
    expect(sending.reply?.code).toBe(451);
    expect(gateway.reputation.pending).toEqual([]);
    expect(methods()).toEqual(['smart.v1']);
  });

  test('that is gone silences nobody: those who answer are asked beside the conventional scan', async () => {
    await begin([required, advisory]);
    services.of('mhr').mode = 'gone';
    await send(4);
    const file = 'known to the server alone';
    gateway.reputation.malicious.set(hash('sha256', file), 'Server.Malware');
    await gateway.send(file, 'asked');
    await gateway.answer('ok');
    expect(verdicts().at(-1)).toMatchObject({
      ...{ verdict: 'malware', method: 'conventional', malware: [{ name: 'Server.Malware' }] },
      ...{ servers: ['sps1.test:443', 'vt'], unanswered: [{ server: 'mhr', kind: 'invalid' }] },
    });
  });

  test('D1: the same file in several messages at once is asked about once; answers are kept for their own time', async () => {
    await begin([testService('mhr', { otherTtlSeconds: 60 })]);
    services.of('mhr').mode = 'silent';
    const sendings = [await gateway.send('same'), await gateway.send('same')];
    expect(services.of('mhr').lookUps).toHaveLength(1);
    services.of('mhr').mode = 'up';
    await gateway.advance(1500);
    // One failure costs one message; the other asks for itself.
    expect(sendings.map(({ reply }) => reply?.code).sort()).toEqual([250, 451]);
    expect(services.of('mhr').lookUps).toHaveLength(2);
    await gateway.send('same');
    expect(services.of('mhr').lookUps).toHaveLength(2);
    await gateway.advance(60_000);
    await gateway.send('same');
    expect(services.of('mhr').lookUps).toHaveLength(3);
  });

  test('refused credentials count and are told', async () => {
    await begin([required]);
    services.of('mhr').mode = 'credentials';
    expect(await send()).toEqual([451]);
    expect(state('mhr')).toBe('Failing 1');
    expect(gateway.log('server/mhr')).toContain('sekisho.server.credentials-refused.v1');
  });
});

describe('an advisory service', () => {
  test('never costs a message, nor the search method; its trip is its own', async () => {
    await begin([required, advisory]);
    services.of('vt').mode = 'gone';
    expect(await send(6)).toEqual(Array(6).fill(250));
    expect(state('vt')).toBe('FailedOver 3');
    expect(state('mhr')).toBe('Healthy 0');
    expect(methods()).toEqual(['smart.v1']);
    expect(verdicts().map(({ unanswered }) => unanswered?.[0])).toEqual([
      ...Array(3).fill({ server: 'vt', kind: 'refused' }),
      ...Array(3).fill({ server: 'vt', kind: 'invalid' }),
    ]);
    services.of('vt').mode = 'up';
    await gateway.advance(301_000);
    expect(state('vt')).toBe('Healthy 0');
    expect(services.of('vt').probes).toBe(1);
  });

  test('that is silent costs its time-out, and nothing once it is cached as invalid', async () => {
    await begin([advisory]);
    services.of('vt').mode = 'silent';
    for (let each = 0; each < 3; each++) {
      const sending = await gateway.send(`slow ${each}`);
      expect(sending.reply).toBeUndefined();
      await gateway.advance(1500);
      expect(sending.reply?.code).toBe(250);
    }
    const sending = await gateway.send('quick');
    expect(sending.reply?.code).toBe(250);
  });

  test('D10: a restart does not wait for its probe', async () => {
    await begin([advisory]);
    services.of('vt').mode = 'gone';
    await send(4);
    services.of('vt').mode = 'silent';
    gateway.gateway.restart('command');
    await atRest();
    expect(gateway.log('service').at(-1)).toBe('sekisho.service.running.v1');
    expect(await send()).toEqual([250]);
  });
});

describe('a quota', () => {
  const limited = { limits: { perMinute: 4, perDay: 0 } };

  test('D6: no token is left: throttled until there is one, nothing is asked, the count does not move', async () => {
    await begin([testService('vt', { kind: 'virustotal', required: false, ...limited })]);
    expect(await send(6)).toEqual(Array(6).fill(250));
    expect(services.of('vt').lookUps).toHaveLength(4);
    expect(state('vt')).toBe('Throttled 0');
    expect(verdicts().map(({ unanswered }) => unanswered?.[0]?.kind)).toEqual([
      ...Array(4).fill(undefined),
      ...['throttled', 'invalid'],
    ]);
    await gateway.advance(60_000);
    expect(state('vt')).toBe('Healthy 0');
    expect(await send()).toEqual([250]);
    expect(services.of('vt').lookUps).toHaveLength(5);
  });

  test('of a required one: 451; what was answered before is not asked again', async () => {
    await begin([testService('vt', { kind: 'virustotal', ...limited })]);
    expect(await send(5)).toEqual([250, 250, 250, 250, 451]);
    await gateway.advance(60_000);
    expect((await gateway.send('file 1')).reply?.code).toBe(250);
    expect((await gateway.send('file 5')).reply?.code).toBe(250);
    expect(services.of('vt').lookUps).toHaveLength(5);
  });

  test('a restart gives no new tokens', async () => {
    await begin([testService('vt', { kind: 'virustotal', required: false, ...limited })]);
    await send(4);
    gateway.gateway.restart('command');
    await atRest();
    await send(2);
    expect(services.of('vt').lookUps).toHaveLength(4);
  });
});
