import { CloudEvent, Kafka } from 'cloudevents';
import { expect, test } from 'vitest';
import { toRecord } from '../../../src/adapters/kafka/record.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { recordedHistories } from '../../support/recorded-histories.ts';

/** The official SDK reads our records: whoever uses it, in any language, can do so. */

interface OurEvent extends CloudEvent<unknown> {
  severitytext: string;
  streamversion: number;
}

/** As it reads the record of an event from Kafka. */
function read(text: string): OurEvent {
  const record = toRecord({ sequence: 1, text }, '0');
  const { key, value, headers } = record?.message ?? {};
  return Kafka.toEvent({ key, value, headers, body: value, timestamp: '0' } as never) as OurEvent;
}

test.each(recordedHistories())('$name: each record is a CloudEvent in structured mode', ({ texts }) => {
  for (const text of texts) {
    const { data, type, id, source, subject, time, severitytext, streamversion, ...event } = read(text);
    expect(read(text).validate()).toBe(true);
    const given = JSON.parse(text) as Envelope;
    expect({ data, type, id, source, subject, time, severitytext, streamversion }).toMatchObject({
      ...{ data: given.data, type: given.type, id: given.id, source: given.source, subject: given.subject },
      ...{ time: given.time, severitytext: given.severitytext, streamversion: given.streamversion },
    });
    expect(event).toMatchObject({ specversion: '1.0', datacontenttype: 'application/json' });
  }
});

test('the SDK would refuse an event that is none', () => {
  const [text = ''] = recordedHistories().flatMap(({ texts }) => texts);
  const { source, ...rest } = JSON.parse(text) as Envelope;
  expect(() => new CloudEvent({ ...rest, source: '' }).validate()).toThrow();
  expect(() => new CloudEvent({ ...rest, source, Bad_Name: 1 } as never).validate()).toThrow();
});
