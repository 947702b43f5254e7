import { describe, expect, test } from 'vitest';
import { eventSchemas } from '../../scripts/event-schemas.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import {
  addressEraser,
  erased,
  personalFields,
  quotingFields,
  withoutAddress,
  withoutPersonal,
} from '../../src/events/personal.ts';
import { eventsOf } from '../support/fold.ts';
import { eventsOfToday, recordedHistories } from '../support/recorded-histories.ts';

/** The machine, or what else the second part of an event's type names. */
const machineOf = (type: string) => type.split('.')[1] ?? '';

/** Fields that hold text, and what was found not to be personal in it: names of states, servers, files of ours, administrators. */
const impersonal: Readonly<Record<string, readonly string[]>> = {
  // Of every event.
  '*': ['from', 'state', 'transition', 'type', 'name'],
  scan: [
    ...[
      'action',
      'actions',
      'also',
      'by',
      'failure',
      'guid',
      'kind',
      'method',
      'notReady',
      'output',
      'place',
      'queueId',
      'reason',
      'rule',
    ],
    ...[
      'agent',
      'clamd',
      'conventional',
      'filter',
      'patternVersion',
      'servers',
      'sha256',
      'toAsk',
      'unasked',
      'treatment',
      'verdict',
    ],
    // Of an answer: who gave it, and on what it rests.
    ...['server', 'patternId', 'source', 'details'],
    ...['malware', 'ambiguous', 'encrypted', 'unsupported', 'unreadable', 'limit', 'ownDomains', 'whom', 'why'],
  ],
  session: ['session', 'guid', 'by'],
  notification: ['kind', 'channel', 'about'],
};

/** Machines whose events are about the gateway, its surroundings and its administrators. */
const withoutPeople = new Set([
  ...[
    'server',
    'engine',
    'method',
    'service',
    'updater',
    'supervisor',
    'relay',
    'projection',
    'journal',
    'certificate',
    'quarantine',
  ],
  ...['command', 'settings', 'admin', 'privacy'],
]);

/** Names of fields that hold text, by machine: of the schemas, and of what gateways wrote, for schemas leave triggers open. */
function textFields(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const note = (machine: string, field: string) => found.set(machine, (found.get(machine) ?? new Set()).add(field));
  const ofSchema = (machine: string, schema: unknown, field: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { type, properties, items, anyOf, const: constant, enum: words } = schema as Record<string, unknown>;
    if (type === 'string' || typeof constant === 'string' || Array.isArray(words)) note(machine, field);
    ofSchema(machine, items, field);
    for (const each of (anyOf as unknown[] | undefined) ?? []) ofSchema(machine, each, field);
    for (const [name, inner] of Object.entries(properties ?? {})) ofSchema(machine, inner, name);
  };
  const ofValue = (machine: string, value: unknown, field: string): void => {
    if (typeof value === 'string') note(machine, field);
    else if (Array.isArray(value)) for (const each of value) ofValue(machine, each, field);
    else if (value !== null && typeof value === 'object')
      for (const [name, inner] of Object.entries(value)) ofValue(machine, inner, name);
  };
  for (const { type, schema } of eventSchemas())
    ofSchema(machineOf(type), (schema.properties as Record<string, unknown>).data, 'data');
  for (const { type, data } of recordedHistories().flatMap(eventsOfToday)) ofValue(machineOf(type), data, 'data');
  return found;
}

describe('what is personal', () => {
  const fields = textFields();

  test('every machine is known: with people in its events, or without', () => {
    expect(fields.size).toBeGreaterThan(10);
    const unknown = [...fields.keys()].filter((machine) => !withoutPeople.has(machine) && !personalFields[machine]);
    expect(unknown).toEqual([]);
    expect(Object.keys(personalFields).filter((machine) => withoutPeople.has(machine))).toEqual([]);
  });

  test.each(Object.entries(personalFields))('every field with text of %s was looked at', (machine, personal) => {
    const known = new Set([
      ...personal,
      ...(quotingFields[machine] ?? []),
      ...(impersonal['*'] ?? []),
      ...(impersonal[machine] ?? []),
    ]);
    expect([...(fields.get(machine) ?? [])].filter((field) => !known.has(field))).toEqual([]);
    expect((impersonal[machine] ?? []).filter((field) => personal.has(field))).toEqual([]);
  });
});

const event = eventsOf();
const scan = event('scan.agent-pattern', 'scan/G', {
  from: 'Unpacking',
  state: 'AgentPattern',
  input: {
    ...{ guid: 'G', size: 7, mailFrom: 'Alice@Example.org', recipients: ['bob@example.net', 'carol@example.net'] },
    ...{
      client: '192.0.2.7',
      clientName: null,
      helo: 'pc-of-alice',
      messageId: 'x@pc',
      subject: 'Offer',
      queueId: 'Q1',
    },
    rule: { malware: 'reject' },
  },
  trigger: {
    type: 'xstate.done.actor.unpack',
    output: { files: [{ path: ['cv of alice.zip', 'cv.doc'], size: 3, sha256: ['ab'] }] },
  },
});

describe('without personal data', () => {
  test('sender, recipients, client, names and subject go; the shape, the numbers and the rest stay', () => {
    expect(withoutPersonal(scan)).toEqual({
      ...scan,
      data: {
        ...scan.data,
        input: {
          ...{ guid: 'G', size: 7, mailFrom: erased, recipients: [erased, erased], client: erased, clientName: null },
          ...{ helo: erased, messageId: erased, subject: erased, queueId: 'Q1', rule: { malware: 'reject' } },
        },
        trigger: {
          type: 'xstate.done.actor.unpack',
          output: { files: [{ path: [erased, erased], size: 3, sha256: ['ab'] }] },
        },
      },
    });
  });

  test('what holds none is the same object; doing it twice changes nothing; an empty sender stays empty', () => {
    const server = event('server.failing', 'server/a:443', { server: 'a:443', trigger: { error: { message: 'x' } } });
    expect(withoutPersonal(server)).toBe(server);
    const once = withoutPersonal(scan);
    expect(withoutPersonal(once)).toBe(once);
    const bounce = event('scan.verdict', 'scan/G', { input: { mailFrom: '' } });
    expect(withoutPersonal(bounce)).toBe(bounce);
  });

  test('what others said goes when it quotes an address', () => {
    const answered = (text: string) => event('scan.answered', 'scan/G', { reply: { code: 550, text } });
    expect(withoutPersonal(answered('<bob@example.net>: unknown')).data.reply).toEqual({ code: 550, text: erased });
    expect(withoutPersonal(answered('No thanks')).data.reply).toEqual({ code: 550, text: 'No thanks' });
  });

  test('the event that is given is left as it is', () => {
    const copy = structuredClone(scan);
    withoutPersonal(scan);
    expect(scan).toEqual(copy);
  });
});

describe('without an address', () => {
  const erase = addressEraser('bob@example.net');

  test.each([
    ['bob@example.net', erased],
    ['BOB@Example.NET', erased],
    ['<bob@example.net>: no such user', `<${erased}>: no such user`],
    ["550 'bob@example.net' unknown, bob@example.net.", `550 '${erased}' unknown, ${erased}.`],
    ['jim.bob@example.net', 'jim.bob@example.net'],
    ['bob@example.net.example.org', 'bob@example.net.example.org'],
    ['bob@example.network', 'bob@example.network'],
    ['bobxexample.net', 'bobxexample.net'],
  ])('%s', (text, expected) => {
    expect(erase(text)).toBe(expected);
  });

  test('characters that mean something in a pattern are themselves', () => {
    expect(addressEraser('a.b*{1}|$^[x]/\\(y)@example.net')('a.b*{1}|$^[x]/\\(y)@example.net axb@example.net')).toBe(
      `${erased} axb@example.net`,
    );
    expect(addressEraser('関所@例え.jp')('<関所@例え.jp>')).toBe(`<${erased}>`);
  });

  test('the others of the event stay, and the name of an aggregate goes', () => {
    const input = (withoutAddress(scan, erase).data as typeof scan.data).input as Record<string, unknown>;
    expect(input).toEqual({ ...(scan.data.input as object), recipients: [erased, 'carol@example.net'] });
    const notice: Envelope = event('notification.sent', 'notification/e1/notice-to-sender/bob@example.net/mail', {});
    expect(withoutAddress(notice, erase).subject).toBe(`notification/e1/notice-to-sender/${erased}/mail`);
    expect(withoutAddress(scan, addressEraser('nobody@example.net'))).toBe(scan);
  });
});
