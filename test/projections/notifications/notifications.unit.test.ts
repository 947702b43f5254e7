import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Envelope, Severity } from '../../../src/events/envelope.ts';
import { type Due, kindFacts } from '../../../src/events/notification.ts';
import type { Verdict } from '../../../src/events/scan.ts';
import { notifications } from '../../../src/projections/notifications/notifications.ts';
import { systemEvents } from '../../../src/projections/system-events/system-events.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';

const due = (events: readonly Envelope[]) =>
  [...(foldAll(notifications, events).due?.values() ?? [])] as unknown as Due[];
const kinds = (events: readonly Envelope[]) => due(events).map(({ notification }) => notification.kind);

function gateway(source?: string) {
  const event = eventsOf(source);
  const server = (type: string, from: string, state: string, severity: Severity = 'INFO') =>
    event(
      `server.${type}`,
      'server/sps.example:443',
      { server: 'sps.example:443', from, state, cacheSeconds: 300 },
      severity,
    );
  const updater = (type: string) =>
    event(`updater.${type}`, 'component/agent', {
      component: 'agent',
      version: '7',
      trigger: { error: { message: 'no answer' } },
    });
  return {
    event,
    starts: () => server('healthy', 'Starting', 'Healthy'),
    trips: () => server('cached-invalid', 'Failing', 'CachedInvalid.Unasked', 'ERROR'),
    failsOver: () => server('failed-over', 'CachedInvalid.Connecting', 'FailedOver.Resting', 'WARN'),
    recovers: () => server('healthy', 'FailedOver.Probing', 'Healthy'),
    switches: () => event('method.conventional', 'method', { from: 'Smart' }, 'ERROR'),
    returns: () => event('method.smart', 'method', { from: 'Conventional' }),
    checks: (...types: string[]) => types.map(updater),
  };
}

const message = {
  mailFrom: 'a@example.org',
  recipients: ['b@example.net', 'c@example.net'],
  messageId: 'm1@example.org',
  queueId: null,
  subject: 'hello',
};
const verdict: Verdict = {
  verdict: 'malware',
  method: 'smart',
  action: 'delete_attachment',
  malware: [
    { path: ['a.zip', 'x\u202egpj.exe'], name: 'Eicar', sha256: '0', place: 'attachment', by: 'agent' },
    { path: ['b.exe'], name: 'Eicar', sha256: '1', place: 'attachment', by: 'agent' },
  ],
  unscannable: [],
  removed: [1],
  unasked: [],
  components: {},
  servers: [],
  fileCount: 2,
};

function scans() {
  const event = eventsOf();
  let scan = 0;
  const at = (type: string, data: Record<string, unknown>, hours = 0): Envelope => {
    const made = event(`scan.${type}`, `scan/G${++scan}`, data);
    return {
      ...made,
      correlationid: `G${scan}`,
      time: new Date(Date.parse(made.time) + hours * 3_600_000).toISOString(),
    };
  };
  return {
    answered: (data: Record<string, unknown>) =>
      at('answered', { state: 'Answered', reply: { code: 250, text: 'ok' }, ...data }),
    deferred: (hours: number, data: Record<string, unknown> = { message }) =>
      at('deferred', { state: 'Deferred', reply: { code: 451, text: 'later' }, ...data }, hours),
  };
}

describe('an outage', () => {
  test('is told once: unavailable, failover, recovered, in the words of their kinds', () => {
    const mx = gateway();
    const outage = [mx.starts(), mx.trips(), mx.failsOver(), mx.switches(), mx.trips(), mx.recovers(), mx.returns()];
    expect(kinds(outage)).toEqual(['server-unavailable', 'failover', 'server-recovered']);
    expect(due(outage)[0]).toEqual({
      notification: {
        id: `${outage[1]?.id}/server-unavailable`,
        kind: 'server-unavailable',
        time: outage[1]?.time,
        since: outage[1]?.time,
        source: '/sekisho/gateway/mx.example',
        subject: 'server/sps.example:443',
        count: 1,
        values: { host: 'sps.example', server: 'sps.example:443', seconds: '300' },
      },
    });
  });

  test('is told again only after its end; a restart of ours is none, and no recovery', () => {
    const mx = gateway();
    expect(kinds([mx.trips(), mx.starts(), mx.trips(), mx.starts()])).toEqual(['server-unavailable']);
    const twice = [mx.trips(), mx.recovers(), mx.trips(), mx.recovers()];
    expect(kinds(twice)).toEqual([...Array(2)].flatMap(() => ['server-unavailable', 'server-recovered']));
  });

  test('each gateway tells its own', () => {
    const [one, other] = [gateway('/sekisho/gateway/mx1'), gateway('/sekisho/gateway/mx2')];
    expect(due([one.trips(), other.trips()]).map(({ notification }) => notification.source)).toEqual([
      '/sekisho/gateway/mx1',
      '/sekisho/gateway/mx2',
    ]);
  });

  test('the log of system events says the same of it, whatever comes', () => {
    const mx = gateway();
    const steps = [mx.starts, mx.trips, mx.failsOver, mx.recovers, mx.switches, mx.returns];
    const texts: Record<string, RegExp> = {
      'server-unavailable': /利用できません。$/,
      failover: /^従来型スキャンへのフェイルオーバー$/,
      'server-recovered': /が回復しました。$/,
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...steps)), (chosen) => {
        const events = chosen.map((step) => step());
        const told = kinds(events);
        const log = [...(foldAll(systemEvents, events).entries?.values() ?? [])].map(
          ({ message }) => (message as { ja: string }).ja,
        );
        for (const [kind, text] of Object.entries(texts))
          expect(told.filter((each) => each === kind)).toHaveLength(log.filter((line) => text.test(line)).length);
      }),
    );
  });
});

test('components: a failing one once, a stale one once, each update', () => {
  const checks = ['failed', 'checking', 'failed', 'stale', 'stale', 'updated', 'failed', 'current', 'failed'];
  const mx = gateway();
  const told = due(mx.checks(...checks)).map(({ notification }) => notification);
  expect(told.map(({ kind }) => kind)).toEqual([
    'update-failed',
    'pattern-too-old',
    'update-succeeded',
    'update-failed',
    'update-failed',
  ]);
  expect(told[0]?.values).toEqual({ component: 'agent', version: '7', reason: 'no answer' });
});

describe('what was found in a message', () => {
  test('is told when the message is answered, with what templates need; names are not escaped yet', () => {
    const [found] = due([scans().answered({ verdict, message })]);
    expect(found).toMatchObject({
      notification: {
        kind: 'malware',
        values: {
          malware: 'Eicar',
          reason: '',
          file: 'a.zip/x\u202egpj.exe, b.exe',
          from: 'a@example.org',
          to: 'b@example.net, c@example.net',
          subject: 'hello',
          action: 'delete_attachment',
          scan: 'G1',
        },
      },
    });
    expect(found?.asked).toBeUndefined();
    const damaged = {
      ...verdict,
      verdict: 'unscannable',
      malware: [],
      unscannable: [{ reason: 'encrypted', path: ['z.zip'] }],
    };
    expect(due([scans().answered({ verdict: damaged, message })])).toMatchObject([
      { notification: { kind: 'unscannable', values: { reason: 'encrypted', file: 'z.zip', malware: '' } } },
    ]);
  });

  test('clean mail, mail without a verdict and logs before 0.3.0 tell nothing', () => {
    const log = scans();
    const clean = { ...verdict, verdict: 'clean', malware: [], action: 'pass' };
    expect(due([log.answered({}), log.answered({ verdict: clean, message }), log.answered({ verdict })])).toEqual([]);
  });

  test('a rule of the policy, where nothing was found: a kind of its own, and people hear of rules, not of threats', () => {
    const ruleFiles = [{ path: ['a.zip', 'x.exe'], place: 'attachment' as const, part: 1 }];
    const notices = [{ whom: 'recipient' as const, to: 'b@example.net' }];
    const ruled = {
      ...verdict,
      verdict: 'clean',
      malware: [],
      action: 'quarantine',
      rule: 'programs',
      ruleFiles,
      notices,
    };
    expect(due([scans().answered({ verdict: ruled, message })])).toMatchObject([
      {
        notification: {
          kind: 'policy',
          values: { reason: 'rule programs', file: 'a.zip/x.exe', action: 'quarantine' },
        },
      },
      { notification: { kind: 'policy-to-recipient', to: ['b@example.net'] } },
    ]);
  });

  test('is told of no message that was answered 4xx: nothing was done with it, and it comes again', () => {
    const reply = { code: 451, text: '4.4.1 Next hop not available, try again later' };
    const notices = [{ whom: 'sender' as const, to: 'a@example.org' }];
    expect(due([scans().answered({ verdict: { ...verdict, notices }, message, reply })])).toEqual([]);
  });

  test('the virus rule says who is told besides: administrators whatever their switch, and people by name', () => {
    const notices = [
      { whom: 'administrator' },
      { whom: 'recipient', to: 'b@example.net' },
      { whom: 'sender', to: 'a@example.org' },
    ];
    const event = scans().answered({ verdict: { ...verdict, notices }, message });
    expect(due([event])).toMatchObject([
      { asked: true, notification: { id: `${event.id}/malware`, kind: 'malware' } },
      { notification: { id: `${event.id}/notice-to-recipient/b@example.net`, to: ['b@example.net'] } },
      { notification: { id: `${event.id}/notice-to-sender/a@example.org`, kind: 'notice-to-sender' } },
    ]);
  });

  test('of thousands of names the first are told', () => {
    const malware = Array.from({ length: 5000 }, (_, n) => ({ ...verdict.malware[1], name: `M${n}`, path: [`${n}`] }));
    const [found] = due([scans().answered({ verdict: { ...verdict, malware }, message })]);
    expect(found?.notification.values.malware).toBe(`${[...Array(10)].map((_, n) => `M${n}`).join(', ')}, … (+4990)`);
  });
});

describe('a message that is deferred for long', () => {
  test('is due from an hour on, by one id, with how long it lasts', () => {
    const log = scans();
    const told = due([log.deferred(0), log.deferred(0.5), log.deferred(2)]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      lastedMs: expect.closeTo(2 * 3_600_000, -4),
      notification: {
        id: expect.stringMatching(/^[0-9a-f]{16}\/mail-deferred$/),
        values: { hours: '2', message_id: 'm1@example.org', from: 'a@example.org', reason: 'later' },
      },
    });
  });

  test('by the next hop or by an action that fails as well: its sender keeps it, and nobody has it', () => {
    const log = scans();
    const byNextHop = { state: 'Answered', reply: { code: 452, text: '4.2.2 mailbox full', by: 'next-hop' }, message };
    const told = due([log.deferred(0, byNextHop), log.deferred(0.5), log.deferred(2, byNextHop)]);
    expect(told).toMatchObject([{ notification: { kind: 'mail-deferred', values: { reason: '4.2.2 mailbox full' } } }]);
  });

  test('another message, or the same to others, is another; the order of its tries means nothing', () => {
    const log = scans();
    const others = { message: { ...message, recipients: ['d@example.net'] } };
    expect(
      due([log.deferred(0), log.deferred(3, others), log.deferred(0.2, { message: { ...message, messageId: 'm2' } })]),
    ).toEqual([]);
    const tries = [0, 3, 1, 5].map((hours) => log.deferred(hours));
    fc.assert(
      fc.property(fc.shuffledSubarray(tries, { minLength: 4 }), (shuffled) => {
        const [last] = due(shuffled);
        expect(last?.lastedMs).toBe(due(tries)[0]?.lastedMs);
        expect(last?.notification.id).toBe(due(tries)[0]?.notification.id);
      }),
    );
  });

  test('old logs, which do not say which message it was, tell nothing', () => {
    const log = scans();
    expect(due([log.deferred(0, {}), log.deferred(9, {})])).toEqual([]);
  });
});

test('a watch of the journal and of certificates is told as it is', () => {
  const { event } = gateway();
  const told = due([
    event('journal.nearly-full', 'journal', { percent: 90, bytes: 9, bytesMax: 10 }, 'WARN'),
    event('certificate.near-its-end', 'certificate/x', { certificate: 'x', days: 7 }, 'WARN'),
  ]);
  expect(told.map(({ notification }) => notification)).toMatchObject([
    { kind: 'journal-nearly-full', values: { percent: '90', bytes_max: '10' } },
    { kind: 'certificate-near-its-end', values: { days: '7' } },
  ]);
});

test('every value is a token of its kind', () => {
  const mx = gateway();
  const log = scans();
  const notices = [{ whom: 'sender', to: 'a@example.org' }];
  const events = [
    mx.trips(),
    mx.switches(),
    mx.recovers(),
    ...mx.checks('failed', 'stale', 'updated'),
    log.answered({ verdict: { ...verdict, notices }, message }),
    log.deferred(0),
    log.deferred(2),
  ];
  for (const { notification } of due(events)) {
    const { tokens } = kindFacts(notification.kind);
    expect(Object.keys(notification.values).filter((name) => !tokens.includes(name))).toEqual([]);
  }
});
