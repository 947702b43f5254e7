import { describe, expect, test } from 'vitest';
import { type AnyMachineSnapshot, type EventObject, SimulatedClock } from 'xstate';
import type { Findings, MalwareFact, Verdict } from '../../src/events/scan.ts';
import {
  type MessageScanContext,
  type MessageScanInput,
  messageScanMachine,
  scanningError,
} from '../../src/machines/message-scan.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';
import { createSubject } from './subject.ts';

const input: MessageScanInput = {
  guid: '0F3C1D2E-0000-4000-8000-000000000001',
  size: 1000,
  mailFrom: 'a@example.org',
  recipients: ['b@example.org'],
  recipientCount: 1,
  client: '192.0.2.1',
  ...{ clientName: null, helo: 'mx.example.org', queueId: '4ABC', messageId: 'm@example.org', subject: 'hello' },
  receivedMs: 0,
  messageMs: 90_000,
  // Only a clean message passes: see invariant 2 below.
  rule: {
    malware: 'change_recipient',
    encrypted: 'tag',
    unsupported: 'tag',
    unreadable: 'quarantine',
    limit: 'quarantine',
    also: { malware: ['tag_subject', 'archive', 'notify_recipient', 'notify_sender'] },
    recipient: 'lab@example.org',
    telling: { ownDomains: ['example.org'], outside: false },
  },
  policy: [{ name: 'programs', byFile: true, action: 'tag' }],
};
/** What the rule adds to the verdict when malware was found. */
const ruled = {
  also: ['tag_subject', 'archive', 'notify_recipient', 'notify_sender'],
  recipient: 'lab@example.org',
  notices: [
    { whom: 'recipient', to: 'b@example.org' },
    { whom: 'sender', to: 'a@example.org' },
  ],
};
const clean: Findings = {
  ...{ method: 'smart', files: [], fileCount: 1, unscannable: [], malware: [], toAsk: [], components: {} },
};
const asked: Findings = { ...clean, toAsk: ['a'.repeat(64)] };
const program: Findings = {
  ...asked,
  ruleFiles: [{ rule: 'programs', files: [{ path: ['x.exe'], place: 'attachment', part: 2 }] }],
};
const hit: MalwareFact = {
  path: ['x'],
  name: 'EICAR',
  sha256: 'a'.repeat(64),
  place: 'attachment',
  part: 1,
  by: 'agent',
};
const reply = { code: 250, text: '2.0.0 Ok: queued' };

const done = (actor: string, ...outputs: unknown[]): EventObject[] =>
  outputs.map((output) => ({ type: `xstate.done.actor.${actor}`, output }) as EventObject);
const failed = (actor: string, ...errors: unknown[]): EventObject[] =>
  errors.map((error) => ({ type: `xstate.error.actor.${actor}`, error }) as EventObject);
const crashed = { name: 'Error', message: 'crashed' };

const model = createModel(messageScanMachine, {
  input,
  cases: {
    'xstate.done.actor.unpack': done(
      'unpack',
      { ...clean, notReady: 'conventional pattern' },
      { ...asked, method: 'conventional' },
      { ...asked, malware: [hit] },
      asked,
      clean,
      program,
    ),
    'xstate.error.actor.unpack': failed('unpack', crashed),
    'xstate.done.actor.ask': done('ask', { malware: [], servers: ['s'] }, { malware: [hit], servers: ['s'] }),
    'xstate.error.actor.ask': failed(
      'ask',
      ...['deferred', 'while-invalid', 'message'].map((treatment) => ({ treatment, kind: 'timeout' })),
    ),
    'xstate.done.actor.attempt': done('attempt', 'failed-over', 'usable', 'reachable'),
    'xstate.error.actor.attempt': failed('attempt', crashed),
    'xstate.done.actor.matchConventional': done(
      'matchConventional',
      { notReady: 'conventional pattern', malware: [] },
      { malware: [] },
      { malware: [hit] },
    ),
    'xstate.error.actor.matchConventional': failed('matchConventional', crashed),
    'xstate.done.actor.persist': done('persist', undefined),
    'xstate.error.actor.persist': failed('persist', crashed),
    'xstate.done.actor.act': done('act', reply),
    'xstate.error.actor.act': failed('act', crashed),
  },
  situation: ({ context }) => {
    const { findings, verdict, reply: given } = context as MessageScanContext;
    return [findings, verdict, given];
  },
});

/** What smart-scan.md and the invariants demand of every path, told from the outside: what was asked, answered, logged. */
function demands(): Watch {
  const answers = new Map<string, unknown>();
  return {
    after(subject, event) {
      const [, actor] = /^xstate\.done\.actor\.(.+)$/.exec(event.type) ?? [];
      if (actor) answers.set(actor, (event as { output?: unknown }).output);
      const snapshot = subject.snapshot();
      const { verdict } = snapshot.context as { verdict: Verdict | null };
      const findings = answers.get('unpack') as Findings | undefined;
      const logged = subject.log().filter(({ type }) => type === 'sekisho.scan.verdict.v1');

      // Invariant 1: verdict in the log, durable, then the act; one act for a message.
      if (subject.started.has('act')) {
        expect(logged).toHaveLength(1);
        expect(logged[0]?.data.verdict).toEqual(verdict);
        expect(answers.has('persist')).toBe(true);
        expect(subject.started.get('act')).toEqual([{ guid: input.guid, verdict }]);
      }
      // Where nothing was found nothing is done besides, nobody else gets the message, and nobody is told.
      if (verdict?.verdict === 'malware') expect(verdict).toMatchObject(ruled);
      else for (const field of Object.keys(ruled)) expect(verdict ?? {}).not.toHaveProperty(field);
      // A rule of the policy acts where its files are, whatever way the scan took, and never weakens what was decided without it.
      if (verdict) {
        expect(verdict.rule).toBe(findings?.ruleFiles ? 'programs' : undefined);
        if (verdict.rule !== undefined && verdict.verdict === 'clean') expect(verdict.action).toBe('tag');
      }
      // Section 1: what the local look-ups settle is never asked about, in whatever state the servers are (D14).
      if (findings && (findings.malware.length > 0 || findings.toAsk.length === 0)) {
        expect(subject.started.has('ask')).toBe(false);
      }
      // Invariant 2: nothing that needed a query passes without an answer or a conventional scan.
      const settled = answers.has('ask') || answers.has('matchConventional');
      if (verdict && findings && findings.toAsk.length > 0 && !settled) {
        expect(verdict.verdict).not.toBe('clean');
        expect(verdict.action).not.toBe('pass');
      }
      // D17: what a conventional scan did not ask about is remembered.
      if (verdict?.method === 'conventional') expect(verdict.unasked).toEqual(findings?.toAsk);
      // D18: trouble outside the message is 4xx, and every end has a reply.
      if (snapshot.value === 'Deferred') expect(Math.floor(snapshot.output.code / 100)).toBe(4);
      if (snapshot.value === 'Answered') expect(snapshot.output).toEqual(answers.get('act'));
      // Section 2: the 451 of a failed query, literally.
      if (event.type === 'xstate.error.actor.ask' && snapshot.value === 'Deferred') {
        expect(snapshot.output).toEqual({ code: 451, text: 'Email rejected for a scanning error.' });
      }
      expect(snapshot.status).toBe(['Answered', 'Deferred'].includes(snapshot.value) ? 'done' : 'active');
    },
  };
}

describe('message scan', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const { transitions } = await walkPaths(model, edgePaths(model), demands);
    expect([...transitions].sort()).toEqual(allTransitions(messageScanMachine));
  });

  test('all simple paths', async () => {
    const paths = simplePaths(model);
    await walkPaths(model, paths, demands);
    expect(paths.length).toBeGreaterThan(50);
  });

  test('D18: the message time leads from every waiting state to a 451', () => {
    const waiting = Object.values(model.graph.getAdjacencyMap()).filter(({ state }) => state.status === 'active');
    expect(waiting.length).toBeGreaterThan(5);
    for (const { state, transitions } of waiting) {
      const ends: { event: EventObject; state: AnyMachineSnapshot }[] = Object.values(transitions);
      const end = ends.find(({ event }) => event.type.startsWith('xstate.after.messageTime'));
      expect(end?.state.value, JSON.stringify(state.value)).toBe('Deferred');
    }
  });

  test.each([
    ['Unpacking', []],
    ['Querying', done('unpack', asked)],
    ['Connecting', [...done('unpack', asked), ...failed('ask', { treatment: 'while-invalid' })]],
    ['Conventional', done('unpack', { ...clean, method: 'conventional' })],
    ['Verdict', done('unpack', clean)],
    ['Acting', [...done('unpack', clean), ...done('persist', undefined)]],
  ])('D18: in %s the time of the message ends what is in progress', async (state, events) => {
    const clock = new SimulatedClock();
    const subject = createSubject(messageScanMachine, input, clock);
    for (const event of events) await subject.perform(event);
    expect(subject.snapshot().value).toBe(state);
    clock.increment(input.messageMs - 1);
    expect(subject.snapshot().value).toBe(state);
    clock.increment(1);
    const ended: AnyMachineSnapshot = subject.snapshot();
    expect([ended.value, ended.output]).toEqual(['Deferred', scanningError]);
    expect([...subject.started.keys()].filter(subject.isPending)).toEqual([]);
  });

  test('D5: a query that the server refuses as malformed makes the message unscannable, by the rule for unreadable ones', async () => {
    const subject = createSubject(messageScanMachine, input);
    for (const event of [...done('unpack', asked), ...failed('ask', { treatment: 'message', kind: 'message' })]) {
      await subject.perform(event);
    }
    expect(subject.snapshot().context.verdict).toMatchObject({ verdict: 'unscannable', action: 'quarantine' });
  });

  test('a message that comes back from Connecting with a usable server is asked about again', async () => {
    const subject = createSubject(messageScanMachine, input);
    const again = [...failed('ask', { treatment: 'while-invalid' }), ...done('attempt', 'usable')];
    for (const event of [...done('unpack', asked), ...again, ...again]) await subject.perform(event);
    expect(subject.snapshot().value).toBe('Querying');
    expect(subject.started.get('ask')).toHaveLength(3);
  });
});
