import type { Envelope } from './envelope.ts';

/** Which parts of an event say who wrote to whom and what: they may be taken out, and the event stays an event. */

/** Stands where something personal was. */
export const erased = 'erased';

/**
 * Names of fields with personal data, at any depth of `data`, by the machine whose events they are in. A test holds every field of
 * every event against this list and against one of what is not personal: a new field must be put into one of them.
 */
export const personalFields: Readonly<Record<string, ReadonlySet<string>>> = {
  scan: new Set([
    ...['mailFrom', 'recipients', 'recipient', 'to', 'client', 'clientName', 'helo', 'messageId', 'subject', 'path'],
    'names',
  ]),
  session: new Set(['client']),
  notification: new Set(['target']),
};

/** Of these machines: what others said, and ids made of addresses. Personal is what has an address in it. */
export const quotingFields: Readonly<Record<string, ReadonlySet<string>>> = {
  scan: new Set(['text', 'message']),
  session: new Set(['text', 'message']),
  notification: new Set(['notification', 'reason', 'outcome', 'output', 'refusal', 'message']),
};

/** Addresses in the name of an aggregate: a notification is one to somebody. */
const inSubject = /[^/\s]*@[^/\s]*/g;

/** An event without what is personal in it; the same object when there is nothing. */
export function withoutPersonal<Data>(event: Envelope<Data>): Envelope<Data> {
  const machine = event.type.split('.')[1] ?? '';
  const data = withoutPersonalOf(machine, event.data);
  const subject = personalFields[machine] === undefined ? event.subject : event.subject.replace(inSubject, erased);
  return data === event.data && subject === event.subject ? event : { ...event, data, subject };
}

/** A value made of events of a machine, with their names of fields, without what is personal; as it is when there is nothing. */
export function withoutPersonalOf<T>(machine: string, value: T): T {
  const [personal, quoting] = [personalFields[machine], quotingFields[machine]];
  if (personal === undefined) return value;
  return mapped(value, (text, field = '') => {
    if (text === '') return text;
    return personal.has(field) || (quoting?.has(field) && text.includes('@')) ? erased : text;
  });
}

/** What is to be erased: all that is personal in what is older (ms since 1970), or one address wherever it stands. */
export type Erasure = { kind: 'age'; beforeMs: number } | { kind: 'address'; address: string };

/** How something is erased. */
export interface Eraser {
  event(event: Envelope): Envelope;
  /** Of a value made of events of scans, with their names of fields. */
  ofScan<T>(value: T): T;
}

export function eraserOf(erasure: Erasure): Eraser {
  if (erasure.kind === 'age') return { event: withoutPersonal, ofScan: (value) => withoutPersonalOf('scan', value) };
  const erase = addressEraser(erasure.address);
  return { event: (event) => withoutAddress(event, erase), ofScan: erase };
}

/** Takes an address out of a value, wherever it stands as a whole word; what does not have it is given back as it is. */
export type AddressEraser = <T>(value: T) => T;

/** Characters that go on an address on either side: `jim.bob@example.org` is another one than `bob@example.org`. */
const before = '(?<![\\p{L}\\p{N}._%+-])';
const after = '(?![\\p{L}\\p{N}-]|\\.[\\p{L}\\p{N}])';

/** @param address as people write it; case does not matter */
export function addressEraser(address: string): AddressEraser {
  const literal = address.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const form = new RegExp(`${before}${literal}${after}`, 'giu');
  return (value) => mapped(value, (text) => text.replace(form, erased));
}

/** An event without an address, also in the name of its aggregate. */
export function withoutAddress(event: Envelope, erase: AddressEraser): Envelope {
  const [data, subject] = [erase(event.data), erase(event.subject)];
  return data === event.data && subject === event.subject ? event : { ...event, data, subject };
}

/** A copy with other texts, as far as there are others. @param field the name of the field that the text, or its list, is in */
function mapped<T>(value: T, map: (text: string, field: string | undefined) => string, field?: string): T {
  if (typeof value === 'string') return map(value, field) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => mapped(item, map, field));
    return items.some((item, index) => item !== value[index]) ? (items as T) : value;
  }
  const others = Object.entries(value).flatMap(([name, inner]) => {
    const other = mapped(inner, map, name);
    return other === inner ? [] : [[name, other]];
  });
  return others.length === 0 ? value : { ...value, ...Object.fromEntries(others) };
}
