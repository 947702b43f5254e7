import { describe, expect, test } from 'vitest';
import { putAside, toDeadLetter, toRecord } from '../../../src/adapters/kafka/record.ts';
import { testEvent } from '../../support/journal-conformance.ts';

const record = (text: string) => toRecord({ sequence: 7, text }, '1234');
const event = testEvent(3, { type: 'sekisho.server.healthy.v1', subject: 'server/sps.example.org:443' });
const { data: _, ...envelope } = event;

describe('the record of an event', () => {
  test('has the event as its value, the aggregate as its key, and the time of sending', () => {
    const text = JSON.stringify(event);
    expect(record(text)).toEqual({
      purpose: 'servers',
      message: {
        key: 'server/sps.example.org:443',
        value: text,
        headers: {
          'content-type': 'application/cloudevents+json; charset=UTF-8',
          ce_type: 'sekisho.server.healthy.v1',
          ce_id: 'test-3',
        },
        timestamp: '1234',
      },
    });
  });

  test.each<[string, string]>([
    [
      'attributes in another order',
      JSON.stringify({ data: {}, ...Object.fromEntries(Object.entries(event).reverse()) }),
    ],
    ['escapes in a subject', JSON.stringify({ ...event, subject: 'a"b\\c\n' })],
    ['spaces', JSON.stringify(event, undefined, 1)],
    [
      'attributes of the same name in the data',
      JSON.stringify({ data: { id: 'x', type: 'y', subject: 'z' }, ...envelope }),
    ],
    [
      'a heading that is text in the data',
      JSON.stringify({ data: JSON.stringify({ ...event, id: 'false' }), ...envelope, id: 'right' }),
    ],
  ])('is found with %s, too', (_, text) => {
    const parsed = JSON.parse(text);
    expect(record(text)?.message).toMatchObject({
      key: parsed.subject,
      value: text,
      headers: { ce_id: parsed.id, ce_type: parsed.type },
    });
  });

  test.each([
    '',
    'half',
    '{"specversion":"1.0","id":"a"',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...event, id: 5 }),
    JSON.stringify({ ...event, subject: '' }),
  ])('there is none of %j', (text) => {
    expect(record(text)).toBeUndefined();
  });
});

describe('a dead letter', () => {
  test('says what the event was and why it is here, without its content', () => {
    const text = JSON.stringify(testEvent(3, { data: { secret: '関所' } }));
    const letter = toDeadLetter(putAside({ sequence: 7, text }, 'over-large'), '1234');
    expect(letter).toMatchObject({
      purpose: 'dead-letters',
      message: {
        key: 'scan/3',
        headers: { reason: 'over-large', ce_id: 'test-3', ce_type: 'sekisho.test.happened.v1' },
      },
    });
    expect(JSON.parse(String(letter.message.value))).toEqual({
      ...{
        sequence: 7,
        reason: 'over-large',
        id: 'test-3',
        eventType: 'sekisho.test.happened.v1',
        aggregate: 'scan/3',
      },
      bytes: Buffer.byteLength(text),
    });
  });

  test('of what cannot be read has no id', () => {
    expect(putAside({ sequence: 7, text: '{half' }, 'unreadable')).toEqual({
      ...{ sequence: 7, reason: 'unreadable', id: '', eventType: '', aggregate: '', bytes: 5 },
    });
  });
});
