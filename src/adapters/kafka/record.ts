import type { Message } from 'kafkajs';
import type { JournalText, PutAside } from '../../actors/ports/relay.ts';
import { readJson } from '../../events/json.ts';
import { laneOf } from '../../events/lane.ts';
import { type TopicPurpose, topicKey } from '../../events/topics.ts';

/** What of an event decides where it goes. */
interface Heading {
  id: string;
  type: string;
  subject: string;
}

/** A record and the topic it is for. */
export interface AddressedRecord {
  purpose: TopicPurpose;
  message: Message;
}

// Events of ours begin so. Anchored at the start, and without escapes, it cannot be met within a text of somebody else.
const heading =
  /^\{"specversion":"1\.0","id":"([^"\\]+)","source":"[^"\\]+","type":"([^"\\]+)","time":"[^"\\]+","subject":"([^"\\]+)",/;

/** Parsing is what sending would cost most: where the beginning of the text has all, it is read from there. */
function headingOf(text: string): Heading | undefined {
  const [, id, type, subject] = heading.exec(text) ?? [];
  if (id !== undefined && type !== undefined && subject !== undefined) return { id, type, subject };
  const event = readJson(text) as Partial<Heading> | null | undefined;
  const isWhole = [event?.id, event?.type, event?.subject].every((each) => typeof each === 'string' && each !== '');
  return isWhole ? (event as Heading) : undefined;
}

/**
 * The record of an event: CloudEvents in structured mode, the text as it is in the journal; undefined when it is no event.
 * @param sentAt ms since 1970, as text. The record has this time and the event its own: brokers refuse records of the future,
 *   and would delete those of an outage long past at once.
 */
export function toRecord({ text }: JournalText, sentAt: string): AddressedRecord | undefined {
  const found = headingOf(text);
  if (found === undefined) return undefined;
  const headers = {
    'content-type': 'application/cloudevents+json; charset=UTF-8',
    ce_type: found.type,
    ce_id: found.id,
  };
  return { purpose: laneOf(found), message: { key: topicKey(found), value: text, headers, timestamp: sentAt } };
}

/** Why an event is with the dead letters and not in its topic. */
export function putAside({ sequence, text }: JournalText, reason: PutAside['reason']): PutAside {
  const { id = '', type = '', subject = '' } = headingOf(text) ?? {};
  return { sequence, reason, id, eventType: type, aggregate: subject, bytes: Buffer.byteLength(text) };
}

/** Stands in the dead letters for an event: what it was and why, not its content. */
export function toDeadLetter(event: PutAside, sentAt: string): AddressedRecord {
  const headers = {
    'content-type': 'application/json; charset=UTF-8',
    ce_type: event.eventType,
    ce_id: event.id,
    reason: event.reason,
  };
  const message = { key: event.aggregate, value: JSON.stringify(event), headers, timestamp: sentAt };
  return { purpose: 'dead-letters', message };
}
