import libmime from 'libmime';
import { readHeaderBlock } from '../unpack/header-block.ts';
import { foldCharacters, linesOf } from './header-fields.ts';

/**
 * Puts a tag before the text of every Subject field of the header; a Subject that begins with it already (a message that is
 * scanned again) stays. Without a Subject one is added on top. What stood there stays byte for byte: encoded words, folding, bytes
 * beyond ASCII.
 */
export function tagSubject(content: readonly Uint8Array[], tag: string, lineEnd: string): Uint8Array[] {
  const [first = new Uint8Array(), ...rest] = content;
  const bytes = Buffer.from(first.buffer, first.byteOffset, first.length);
  const { body } = readHeaderBlock(bytes, 0, bytes.length);
  const pieces: Buffer[] = [];
  let isThere = false;
  let at = 0;
  for (const field of fieldsOf(bytes.subarray(0, body))) {
    const colon = field.start + nameLength(field.text);
    if (colon === field.start) continue;
    isThere = true;
    const text = field.text.slice(colon - field.start);
    if (beginsWith(text, tag)) continue;
    pieces.push(bytes.subarray(at, colon), Buffer.from(tagBefore(text, tag, colon - field.start, lineEnd)));
    at = colon;
  }
  if (!isThere) pieces.push(Buffer.from(`Subject:${tagBefore('', tag, 0, lineEnd)}${lineEnd}`));
  return [...pieces, bytes.subarray(at), ...rest].filter((piece) => piece.length > 0);
}

/** Fields with their continuation lines; a character of the text is a byte. */
function* fieldsOf(header: Buffer): Generator<{ start: number; text: string }> {
  let field = { start: 0, text: '' };
  let at = 0;
  for (const line of linesOf(header)) {
    const text = line.toString('latin1');
    if (/^[ \t]/.test(text)) field.text += text;
    else {
      yield field;
      field = { start: at, text };
    }
    at += line.length;
  }
  yield field;
}

/** Length of `Subject:`; 0 for another field. */
function nameLength(text: string): number {
  return /^subject[ \t]*:/i.exec(text)?.[0].length ?? 0;
}

function beginsWith(text: string, tag: string): boolean {
  const unfolded = text.replace(/[\r\n]+/g, '').trim();
  const shown = unfolded.includes('=?') ? libmime.decodeWords(unfolded) : Buffer.from(unfolded, 'latin1').toString();
  return shown.startsWith(tag);
}

/** What goes between the colon and the text; folded where the line would be longer than is recommended. */
function tagBefore(text: string, tag: string, nameCharacters: number, lineEnd: string): string {
  const [line = ''] = text.split(/[\r\n]/, 1);
  const begun = ` ${encoded(tag, text).replaceAll('?= =?', `?=${lineEnd} =?`)}`;
  if (line.trim() === '') return begun;
  const last = begun.slice(begun.lastIndexOf(lineEnd) + 1);
  const isLong = nameCharacters + last.length + line.length > foldCharacters;
  return `${begun}${isLong ? lineEnd : ''}${/^[ \t]/.test(line) ? '' : ' '}`;
}

/**
 * RFC 2047, where needed. White space between two encoded words is not shown, so the tag then brings its own. Not base64: programs
 * that join words of one kind before they decode them would stumble over its padding.
 */
function encoded(tag: string, text: string): string {
  if (/^[ -~]*$/.test(tag) && !tag.includes('=?')) return tag;
  return libmime.encodeWord(/^\s*=\?/.test(text) ? `${tag} ` : tag, 'Q', 52);
}
