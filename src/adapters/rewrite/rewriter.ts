import type { MessagePart, MessageRewriter } from '../../actors/ports/scanning.ts';
import { headerField, withoutContentFields } from './header-fields.ts';
import { noticePart } from './notice-part.ts';
import { tagSubject } from './subject.ts';

const LINE_END_SEARCH_BYTES = 64 * 1024;
const DOT = 0x2e;

/** Removes parts and adds header fields; the content that it returns shares the memory of what it was given. */
export function createRewriter(): MessageRewriter {
  return {
    remove,
    tagSubject: (content, tag) => tagSubject(content, tag, lineEndOf(content)),
    addHeaders,
  };
}

function remove(message: Buffer, parts: readonly MessagePart[], notice: (name: string) => string): Uint8Array[] {
  const lineEnd = lineEndOf([message]);
  const content: Uint8Array[] = [];
  let at = 0;
  for (const part of outermost(parts)) {
    content.push(message.subarray(at, part.start));
    if (part.start === 0) content.push(keptHeader(message, part, lineEnd));
    content.push(Buffer.from(noticePart(notice(part.name), lineEnd)));
    // The line end before a delimiter belongs to the delimiter, but it may be missing; and a message ends with one.
    const next = message[part.end];
    if (next !== 10 && next !== 13) content.push(Buffer.from(lineEnd));
    at = part.end;
  }
  content.push(message.subarray(at));
  return content.filter((piece) => piece.length > 0);
}

/** In the order of the message, without those that lie within another. */
function outermost(parts: readonly MessagePart[]): MessagePart[] {
  const kept: MessagePart[] = [];
  for (const part of [...parts].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last === undefined || part.start >= last.end) kept.push(part);
  }
  return kept;
}

/** When the body of the message itself is removed: its header stays, but for what it says about the body. */
function keptHeader(message: Buffer, part: MessagePart, lineEnd: string): Buffer {
  const header = withoutContentFields(message.subarray(0, part.body));
  const ends = header.length === 0 || header.at(-1) === 10 || header.at(-1) === 13 ? '' : lineEnd;
  const isMime = /(?:^|[\r\n])mime-version[ \t]*:/i.test(header.toString('latin1'));
  return Buffer.concat([header, Buffer.from(`${ends}${isMime ? '' : `MIME-Version: 1.0${lineEnd}`}`)]);
}

function addHeaders(
  content: readonly Uint8Array[],
  fields: readonly (readonly [name: string, value: string])[],
): Uint8Array[] {
  if (fields.length === 0) return [...content];
  const lineEnd = lineEndOf(content);
  return [Buffer.from(fields.map(([name, value]) => headerField(name, value, lineEnd)).join('')), ...content];
}

/**
 * The first line end of the message: CRLF unless it uses something else. CRLF, too, where a dot begins the message: after
 * a bare line end the next hop could take it for the end.
 */
function lineEndOf(content: readonly Uint8Array[]): string {
  const first = content.find((piece) => piece.length > 0);
  if (first === undefined || first[0] === DOT) return '\r\n';
  const text = Buffer.from(first.buffer, first.byteOffset, Math.min(first.length, LINE_END_SEARCH_BYTES)).toString(
    'latin1',
  );
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\r\n';
}
