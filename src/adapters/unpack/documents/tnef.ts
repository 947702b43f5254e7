import { boundedName } from '../content-headers.ts';
import type { Access } from '../format.ts';
import type { Entry } from '../found.ts';
import { compressedRtf } from './compressed-rtf.ts';

const SIGNATURE = 0x223e9f78;
/** Attributes by their whole tag (MS-OXTNEF 2.1.3.3). */
const ATTRIBUTE = {
  newAttachment: 0x00069002,
  title: 0x00018010,
  data: 0x0006800f,
  attachmentProperties: 0x00069005,
  messageProperties: 0x00069003,
  body: 0x0002800c,
};
/** Properties by their number (MS-OXPROPS). */
const PROPERTY = { data: 0x3701, longName: 0x3707, rtf: 0x1009, html: 0x1013 };
/** Of a property, before the TNEF of a message that it holds. */
const INTERFACE_BYTES = 16;

/** By its first bytes. */
export function isTnef(bytes: Buffer): boolean {
  return bytes.length > 6 && bytes.readUInt32LE(0) === SIGNATURE;
}

/** Reads TNEF (MS-OXTNEF), winmail.dat: attachments with their long names, messages within, bodies. */
export function* readTnef(bytes: Buffer, { room }: Access): Generator<Entry> {
  const attachment: { name: string; contents: Buffer[] } = { name: '', contents: [] };
  const finished = function* (): Generator<Entry> {
    for (const content of attachment.contents) yield { name: attachment.name, content };
    attachment.name = '';
    attachment.contents = [];
  };
  for (const { tag, data } of attributes(bytes)) {
    if (tag === ATTRIBUTE.newAttachment) yield* finished();
    else if (tag === ATTRIBUTE.title) attachment.name ||= text(data, 'latin1');
    else if (tag === ATTRIBUTE.data) attachment.contents.push(data);
    else if (tag === ATTRIBUTE.attachmentProperties) {
      for (const { id, wide, value } of properties(data)) {
        if (id === PROPERTY.longName) attachment.name = text(value, wide ? 'utf16le' : 'latin1') || attachment.name;
        else if (id === PROPERTY.data) attachment.contents.push(withoutInterface(value));
      }
    } else if (tag === ATTRIBUTE.body) yield { name: 'body.txt', content: data };
    else if (tag === ATTRIBUTE.messageProperties) yield* bodies(data, room);
  }
  yield* finished();
}

function* bodies(data: Buffer, room: Access['room']): Generator<Entry> {
  for (const { id, value } of properties(data)) {
    if (id === PROPERTY.html) yield { name: 'body.html', content: value };
    if (id !== PROPERTY.rtf) continue;
    const content = compressedRtf(value, room(value.length).bytesMax);
    if (content) yield { name: 'body.rtf', content };
  }
}

function* attributes(bytes: Buffer): Generator<{ tag: number; data: Buffer }> {
  for (let at = 6; at + 9 <= bytes.length; ) {
    const size = bytes.readUInt32LE(at + 5);
    yield { tag: bytes.readUInt32LE(at + 1), data: bytes.subarray(at + 9, at + 9 + size) };
    at += 9 + size + 2;
  }
}

interface Property {
  id: number;
  /** Text in UTF-16. */
  wide: boolean;
  value: Buffer;
}

/** Bytes of a value by its type, padded to four; types that are not listed have a length, and may have many values. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  2: 4,
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 8,
  10: 4,
  11: 4,
  20: 8,
  64: 8,
  72: 16,
};
const MANY = 0x1000;

function* properties(data: Buffer): Generator<Property> {
  const count = data.length >= 4 ? data.readUInt32LE(0) : 0;
  let at = 4;
  for (let i = 0; i < count && at + 4 <= data.length; i += 1) {
    const type = data.readUInt16LE(at);
    const id = data.readUInt16LE(at + 2);
    at = id >= 0x8000 ? afterPropertyName(data, at + 4) : at + 4;
    const fixed = FIXED_BYTES[type & ~MANY];
    let values = 1;
    if (fixed === undefined || type & MANY) {
      if (at + 4 > data.length) return;
      values = data.readUInt32LE(at);
      at += 4;
    }
    for (let value = 0; value < values && at < data.length; value += 1) {
      if (fixed === undefined && at + 4 > data.length) return;
      const size = fixed ?? data.readUInt32LE(at);
      const start = fixed === undefined ? at + 4 : at;
      yield { id, wide: (type & ~MANY) === 0x1f, value: data.subarray(start, start + size) };
      at = start + Math.ceil(size / 4) * 4;
    }
  }
}

/** Past the GUID, kind and name of a property that has a name. */
function afterPropertyName(data: Buffer, at: number): number {
  if (at + 24 > data.length) return data.length;
  const isNumber = data.readUInt32LE(at + 16) === 0;
  return isNumber ? at + 24 : at + 24 + Math.ceil(data.readUInt32LE(at + 20) / 4) * 4;
}

function withoutInterface(value: Buffer): Buffer {
  const inner = value.subarray(INTERFACE_BYTES);
  return isTnef(inner) || inner.subarray(0, 4).equals(Buffer.from('d0cf11e0', 'hex')) ? inner : value;
}

function text(data: Buffer, encoding: 'latin1' | 'utf16le'): string {
  return boundedName(data.toString(encoding, 0, 1024).replaceAll('\0', '')) ?? '';
}
