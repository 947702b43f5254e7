import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src/events/scan.ts';
import type { Policy, PolicyRule } from '../../../src/machines/policy.ts';
import { testSettings } from '../../support/actor-system.ts';
import { atRest } from '../../support/at-rest.ts';
import { attachment, mail, multipart, textPart, zip } from '../../support/mails.ts';
import { runningGateway } from '../running-gateway.ts';

const rule = (name: string, changes: Partial<PolicyRule>): PolicyRule => ({
  ...{ name, direction: [], from: [], to: [], messageBytesMin: 0, verdict: [], action: 'quarantine', also: [] },
  file: { names: [], types: [], declared: [], bytesMin: 0 },
  ...changes,
});
const policy = (...rules: PolicyRule[]): Policy => ({ rules, ownDomains: ['example.org'] });
const noFiles = rule('', {}).file;
const command = (path: string) => ({ path, parameters: [] });
const client = { id: 'c', address: '192.0.2.1', port: 25, helo: 'h', xforward: new Map([['ADDR', '10.0.0.9']]) };
const otherRules = { code: 452, text: '4.5.3 Other rules apply to this recipient: send it on its own, please' };

async function world(rules: Policy) {
  const isOwnClient = (address: string) => address.startsWith('10.');
  const limits = { ...testSettings().limits, filesMax: 1000 };
  const gateway = await runningGateway({ policy: rules, isOwnClient, limits });
  const session = gateway.gateway.reception.open(client);
  return {
    ...{ gateway, session },
    async begin(from: string, ...to: string[]) {
      await session.mail(command(from), client);
      const replies = [];
      for (const each of to) replies.push(await session.rcpt(command(each)));
      return replies.map(({ code }) => code);
    },
    data(content: Buffer) {
      const message = { size: content.length, head: async () => content, load: async () => content, dispose: () => {} };
      return session.data(message);
    },
    verdict: () =>
      gateway.journal.appended().findLast(({ event }) => event.type === 'sekisho.scan.verdict.v1')?.event.data
        .verdict as Verdict,
    begun: () =>
      gateway.journal.appended().find(({ event }) => event.data.input && event.subject.startsWith('scan/'))?.event,
  };
}

describe('recipients', () => {
  test('to whom other rules may apply are for another transaction: 452, and the next hop is not asked', async () => {
    const { gateway, session, begin, data } = await world(
      policy(rule('boss', { to: ['boss@example.org'], action: 'tag' })),
    );
    expect(await begin('a@example.net', 'b@example.org', 'boss@example.org', 'c@example.org')).toEqual([250, 452, 250]);
    expect(await session.rcpt(command('BOSS@example.org'))).toEqual(otherRules);
    expect((await data(mail(textPart('x')))).code).toBe(250);
    expect(gateway.nextHop.delivered.map(({ recipients }) => recipients)).toEqual([['b@example.org', 'c@example.org']]);
  });

  test('are told apart by what comes in and what goes out, by the client that the MTA tells', async () => {
    const { begin } = await world(policy(rule('internal', { direction: ['internal'] })));
    expect(await begin('a@example.org', 'b@example.org', 'b@example.net')).toEqual([250, 452]);
  });

  test('share a transaction where rules differ in nothing that is about recipients', async () => {
    const { begin } = await world(policy(rule('from', { from: ['example.net'] })));
    expect(await begin('a@example.net', 'b@example.org', 'b@example.com')).toEqual([250, 250]);
  });

  test('that were taken under other rules: 451, nobody has it, and it is right at the next try', async () => {
    const { gateway, begin, data } = await world(policy());
    await begin('a@example.net', 'b@example.org', 'boss@example.org');
    gateway.settings.policy = policy(rule('boss', { to: ['boss@example.org'] }));
    gateway.gateway.restart('signal');
    await atRest();
    while (gateway.reputation.pending.length > 0) await gateway.answer('ok');
    expect(await data(mail(textPart('x')))).toEqual({ code: 451, text: '4.3.2 Settings have changed, try again' });
    expect(gateway.nextHop.delivered).toEqual([]);
  });
});

describe('a message', () => {
  const zipped = mail(
    multipart([textPart('x'), attachment('a.zip', zip([{ name: 'Setup.EXE', content: Buffer.from('MZ\0\0') }]))]),
  );

  test('is treated by a rule about a file within an archive; verdict and quarantine say which', async () => {
    const named = rule('programs', { file: { ...noFiles, names: ['*.exe'] } });
    const { gateway, begin, data, verdict, begun } = await world(policy(named));
    await begin('a@example.net', 'b@example.org');
    expect((await data(zipped)).text).toMatch(/quarantined/);
    expect(verdict()).toMatchObject({
      ...{ verdict: 'clean', action: 'quarantine', rule: 'programs' },
      ruleFiles: [{ path: ['a.zip', 'Setup.EXE'] }],
    });
    expect(begun()?.data.input).toMatchObject({ policy: [{ name: 'programs', byFile: true, action: 'quarantine' }] });
    expect(gateway.quarantined).toMatchObject([{ reason: 'policy: programs' }]);
  });

  test('of more files than an event names is looked at as a whole', async () => {
    const files = Array.from({ length: 300 }, (_, index) => ({
      name: `${index}.txt`,
      content: Buffer.from(`${index}`),
    }));
    const last = rule('last', { file: { ...noFiles, names: ['299.txt'] }, action: 'reject' });
    const { begin, data, verdict } = await world(policy(last));
    await begin('a@example.net', 'b@example.org');
    const content = mail(multipart([attachment('a.zip', zip(files)), attachment('b.exe', Buffer.from('x'))]));
    expect(await data(content)).toEqual({ code: 550, text: '5.7.1 Message refused: policy' });
    expect(verdict().rule).toBe('last');
  });

  test('that no rule is about has none in its events', async () => {
    const { begin, data, verdict, begun } = await world(policy(rule('big', { messageBytesMin: 1e6 })));
    await begin('a@example.net', 'b@example.org');
    expect((await data(zipped)).code).toBe(250);
    expect(verdict()).not.toHaveProperty('rule');
    expect(begun()?.data.input).not.toHaveProperty('policy');
  });
});
