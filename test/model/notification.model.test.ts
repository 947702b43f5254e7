import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { EventObject } from 'xstate';
import {
  type NotificationContext,
  type NotificationInput,
  notificationMachine,
} from '../../src/machines/notification.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';
import { createSubject } from './subject.ts';

const input: NotificationInput = {
  notification: 'e1/failover',
  kind: 'failover',
  channel: 'mail',
  target: 'admin@example.org',
  about: 'method',
  triedBefore: 0,
  waitedBeforeMs: 0,
  retryMs: 1000,
  retryMsMax: 4000,
  giveUpMs: 3000,
  sendMs: 60_000,
  refusal: null,
};
const failure = (kind: 'temporary' | 'permanent') =>
  ({ type: 'xstate.error.actor.send', error: { kind, message: `it is ${kind}` } }) as EventObject;

const model = (changes: Partial<NotificationInput> = {}) =>
  createModel(notificationMachine, {
    input: { ...input, ...changes },
    cases: {
      STOP: [{ type: 'STOP' }],
      'xstate.done.actor.send': [{ type: 'xstate.done.actor.send', output: '250 ok' } as EventObject],
      'xstate.error.actor.send': [failure('temporary'), failure('permanent')],
    },
    situation: ({ context }) => (context as NotificationContext).attempts,
  });

/** Sent once at most, never after its end; each wait is as long as it should be; the log says how often it was tried. */
function demands(): Watch {
  return {
    after(subject) {
      const { value, status, context } = subject.snapshot();
      const log = subject.log();
      const types = log.map(({ type }) => type.split('.')[2]);
      expect(types.filter((type) => type === 'sending')).toHaveLength(context.attempts);
      expect(subject.started.get('send') ?? []).toEqual(Array.from({ length: context.attempts }, (_, n) => n + 1));
      expect(subject.isPending('send')).toBe(value === 'Sending');
      expect(types.filter((type) => type === 'sent')).toHaveLength(value === 'Sent' ? 1 : 0);
      expect(status).toBe(value === 'Sending' || value === 'Waiting' ? 'active' : 'done');
      expect(context.waitedMs).toBeLessThanOrEqual(input.giveUpMs);
      expect(context.outcome).toBe(value === 'Sent' ? '250 ok' : null);
      if (value === 'GivenUp') expect(context.reason).toMatch(/permanent|temporary|no end within 60 s/);
      for (const event of log)
        expect(event).toMatchObject({
          subject: 'notification/e1/failover/mail/admin@example.org',
          data: { kind: 'failover', target: 'admin@example.org', about: 'method' },
        });
      const loud = { Waiting: 'WARN', GivenUp: 'ERROR', Sent: 'INFO', Kept: 'INFO', Sending: 'DEBUG' };
      expect(log.at(-1)?.severitytext).toBe(loud[value as keyof typeof loud]);
    },
  };
}

describe('notification', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const own = model();
    const { transitions } = await walkPaths(own, [...edgePaths(own), ...simplePaths(own)], demands);
    const refused = model({ refusal: 'there are too many' });
    const more = await walkPaths(refused, [...edgePaths(refused), ...simplePaths(refused)]);
    expect([...new Set([...transitions, ...more.transitions])].sort()).toEqual(allTransitions(notificationMachine));
  });

  test('what is refused is never tried, and says why', () => {
    const subject = createSubject(notificationMachine, { ...input, refusal: 'there are too many' });
    expect(subject.started.size).toBe(0);
    expect(subject.log()).toMatchObject([
      { type: 'sekisho.notification.given-up.v1', severitytext: 'ERROR', data: { reason: 'there are too many' } },
    ]);
    subject.stop();
  });

  test('an hour without the relay: waits grow to their bound, and it is sent when it is back', async () => {
    const clock = new SteppedClock();
    const times = { retryMs: 10_000, retryMsMax: 900_000, giveUpMs: 86_400_000 };
    const subject = createSubject(notificationMachine, { ...input, ...times }, clock);
    const began = clock.now();
    const waits: number[] = [];
    while (clock.now() - began < 3_600_000) {
      await subject.settle('send', 'error', { kind: 'temporary', message: 'refused' });
      const next = Number(clock.nextDueMs());
      waits.push((next - clock.now()) / 1000);
      await clock.advance(next - clock.now(), async () => void (await setImmediate()));
    }
    await subject.settle('send', 'done', '250 ok');
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 900, 900, 900]);
    expect(subject.snapshot()).toMatchObject({ value: 'Sent', context: { attempts: 11, reason: null } });
    subject.stop();
  });

  test('a relay that never comes back: given up after the hours of waiting that are set, over restarts', async () => {
    const times = { retryMs: 10_000, retryMsMax: 900_000, giveUpMs: 86_400_000 };
    const before = { triedBefore: 100, waitedBeforeMs: 86_400_000 - 900_000 };
    const subject = createSubject(notificationMachine, { ...input, ...times, ...before }, new SteppedClock());
    await subject.settle('send', 'error', { kind: 'temporary', message: 'refused' });
    expect(subject.snapshot()).toMatchObject({ value: 'Waiting', context: { attempts: 101 } });
    subject.stop();
    const later = { triedBefore: 101, waitedBeforeMs: 86_400_000 };
    const next = createSubject(notificationMachine, { ...input, ...times, ...later }, new SteppedClock());
    await next.settle('send', 'error', { kind: 'temporary', message: 'refused' });
    expect(next.snapshot()).toMatchObject({ value: 'GivenUp', context: { attempts: 102, reason: 'refused' } });
    next.stop();
  });
});
