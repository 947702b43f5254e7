const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const COLON = 58;
const DASH = 45;
const TO_LOWER = 32;
const LOWER_C = 99;

/** Fields that matter besides Content-*, in lower case. */
const WANTED = /^(?:content-|list-|(?:subject|message-id|auto-submitted|precedence)$)/;
/** Upper case of their first letters. */
const INITIALS: ReadonlySet<number> = new Set(Buffer.from('ACLMPS'));

/** Longer values are cut: nothing that is read here needs more. */
const VALUE_BYTES_MAX = 64 * 1024;

/** Content-* fields of an entity, its Subject, its Message-ID and what says who sent it; other fields are passed over. */
export interface HeaderBlock {
  /** In order, duplicates included; name in lower case, value unfolded, a character for each byte (latin1). */
  fields: readonly (readonly [name: string, value: string])[];
  /** Where the body starts. */
  body: number;
  /** Where it starts for programs that think otherwise of a line that is no field; undefined where all agree. */
  otherBody: number | undefined;
  /** A CR without LF ends a line of it, which not all programs believe. */
  loneCr: boolean;
}

/** How far the end of a header is looked for behind a line that is no field. */
const GARBLED_BYTES_MAX = 4096;

/** Index of the CR or LF that ends the line, or `end`. With `loneCr` false, a CR without LF belongs to the line. */
export function endOfLine(bytes: Buffer, from: number, end: number, loneCr = true): number {
  let at = from;
  if (!loneCr) {
    const found = bytes.subarray(from, end).indexOf(LF);
    const lineEnd = found < 0 ? end : from + found;
    return bytes[lineEnd] === LF && bytes[lineEnd - 1] === CR && lineEnd > from ? lineEnd - 1 : lineEnd;
  }
  while (at < end && bytes[at] !== LF && bytes[at] !== CR) at += 1;
  return at;
}

/** Index after the line end (CRLF, LF or CR) that stands at `lineEnd`. */
export function afterLineEnd(bytes: Buffer, lineEnd: number, end: number): number {
  if (lineEnd >= end) return end;
  return bytes[lineEnd] === CR && bytes[lineEnd + 1] === LF && lineEnd + 1 < end ? lineEnd + 2 : lineEnd + 1;
}

/**
 * Reads the header of an entity (RFC 5322 2.2, RFC 2045 3). Lenient: any line end; a header without the blank line
 * ends at a delimiter line or at the first line that is no field. Such a line is passed over, though, when a Content-
 * field follows it before the blank line, since mail programs do so. `loneCr`: whether a CR without LF ends a line.
 */
export function readHeaderBlock(bytes: Buffer, start: number, end: number, loneCr = true): HeaderBlock {
  const fields: [string, string][] = [];
  let field: Field | undefined;
  let indented: Field | undefined;
  const close = () => {
    for (const each of [field, indented]) if (each) fields.push([each.name, unfolded(bytes, each.from, each.to)]);
    field = undefined;
    indented = undefined;
  };
  let passedOver: number | undefined;
  let sawLoneCr = false;
  let at = start;
  const block = (body: number, otherBody = passedOver): HeaderBlock => {
    close();
    return { fields, body, otherBody, loneCr: sawLoneCr };
  };
  while (at < end) {
    const lineEnd = endOfLine(bytes, at, end, loneCr);
    const next = afterLineEnd(bytes, lineEnd, end);
    if (bytes[lineEnd] === CR && next === lineEnd + 1 && next < end) sawLoneCr = true;
    if (lineEnd === at) return block(next);
    const first = bytes[at];
    if (first === DASH && bytes[at + 1] === DASH) return block(at);
    if (at > start && (first === SPACE || first === TAB)) {
      if (field !== undefined) field.to = lineEnd;
      const another = contentFieldAt(bytes, at, lineEnd);
      if (another && indented) fields.push([indented.name, unfolded(bytes, indented.from, indented.to)]);
      if (another) indented = another;
      else if (indented) indented.to = lineEnd;
    } else {
      close();
      const colon = colonOf(bytes, at, lineEnd);
      if (colon > 0) field = fieldAt(bytes, at, colon, lineEnd);
      else if (passedOver === undefined && !isMboxLine(bytes, at, start)) {
        if (!contentFieldFollows(bytes, next, end)) return block(at, afterBlankLine(bytes, next, end));
        passedOver = at;
      }
    }
    at = next;
  }
  return block(at);
}

/** Index after the next blank line, if there is one nearby and before a delimiter line. */
function afterBlankLine(bytes: Buffer, from: number, end: number): number | undefined {
  const last = Math.min(end, from + GARBLED_BYTES_MAX);
  let at = from;
  while (at < last) {
    const lineEnd = endOfLine(bytes, at, last);
    if (bytes[at] === DASH && bytes[at + 1] === DASH) return undefined;
    const next = afterLineEnd(bytes, lineEnd, end);
    if (lineEnd === at) return next;
    at = next;
  }
  return undefined;
}

/** A Content- field that is written as if it went on with the one before it. */
function contentFieldAt(bytes: Buffer, from: number, lineEnd: number): Field | undefined {
  let at = from;
  while (bytes[at] === SPACE || bytes[at] === TAB) at += 1;
  if (((bytes[at] ?? 0) | TO_LOWER) !== LOWER_C || !/^content-/i.test(bytes.toString('latin1', at, at + 8)))
    return undefined;
  const colon = colonOf(bytes, at, lineEnd);
  return colon > 0 ? fieldAt(bytes, at, colon, lineEnd) : undefined;
}

interface Field {
  name: string;
  from: number;
  to: number;
}

/** Index of the colon if the line is a field, else 0. Obsolete syntax allows white space before it. */
function colonOf(bytes: Buffer, from: number, lineEnd: number): number {
  let at = from;
  for (let byte = bytes[at] ?? 0; at < lineEnd && byte > SPACE && byte < 127; byte = bytes[at] ?? 0) {
    if (byte === COLON) return at > from ? at : 0;
    at += 1;
  }
  if (at === from) return 0;
  while (at < lineEnd && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1;
  return bytes[at] === COLON ? at : 0;
}

/** The field, if it is one that matters. Only the first letter is looked at for most fields: this is the hot path. */
function fieldAt(bytes: Buffer, from: number, colon: number, lineEnd: number): Field | undefined {
  if (!INITIALS.has((bytes[from] ?? 0) & ~TO_LOWER)) return undefined;
  const name = bytes
    .toString('latin1', from, Math.min(colon, from + 40))
    .trimEnd()
    .toLowerCase();
  if (!WANTED.test(name)) return undefined;
  return { name, from: colon + 1, to: lineEnd };
}

function unfolded(bytes: Buffer, from: number, to: number): string {
  const value = bytes.toString('latin1', from, Math.min(to, from + VALUE_BYTES_MAX));
  return value.replace(/[\r\n]+/g, '').trim();
}

/** `From ` or `>From ` before the header, as in a mailbox file. */
function isMboxLine(bytes: Buffer, at: number, start: number): boolean {
  return at === start && /^>?From /.test(bytes.toString('latin1', at, at + 6));
}

/** Whether a Content- field stands before the next blank line or delimiter line. */
function contentFieldFollows(bytes: Buffer, from: number, end: number): boolean {
  let at = from;
  while (at < end) {
    const lineEnd = endOfLine(bytes, at, end);
    if (lineEnd === at || (bytes[at] === DASH && bytes[at + 1] === DASH)) return false;
    if (/^content-[a-z-]+[ \t]*:/i.test(bytes.toString('latin1', at, Math.min(lineEnd, at + 40)))) return true;
    at = afterLineEnd(bytes, lineEnd, end);
  }
  return false;
}
