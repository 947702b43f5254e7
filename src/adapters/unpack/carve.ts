import { type ContentHeaders, contentHeaders } from './content-headers.ts';
import { readHeaderBlock } from './header-block.ts';

const DASH = 45;
const BOM = 0xef;
const CONTENT = 'content';
const FIELD = /^content-(?:type|transfer-encoding|disposition)[ \t]*:/i;
const FIELD_CHARACTERS = 40;
const LINE_CHARACTERS_MAX = 1000;
/** Boundaries that are looked for in the text before; more are a prank. */
const BOUNDARIES_MAX = 20;

/** A MIME entity in the midst of text: a header that no walk took for one, and what follows it. */
export interface CarvedEntity {
  body: number;
  end: number;
  headers: ContentHeaders;
  /** Nothing stands before it. */
  first: boolean;
  /** It follows a line that looks like a delimiter, of a boundary that the text before does not name. */
  delimited: boolean;
}

/**
 * Finds Content- fields at the start of lines, whatever is around them, and reads each as the header of an entity that goes on to the
 * next line of two dashes or the next such header. Linear in the size of the text. Stops at `entitiesMax`.
 */
export function carveEntities(bytes: Buffer, entitiesMax: number): CarvedEntity[] {
  if (!bytes.includes(DASH)) return [];
  const text = bytes.toString('latin1');
  const headers = headersIn(bytes, text, entitiesMax);
  const declared = new Map<string, boolean>();
  let dashes = 0;
  return headers.map(({ start, body, headers: content }, index) => {
    if (dashes >= 0 && dashes < body) dashes = nextDashes(text, body);
    const end = Math.min(dashes < 0 ? bytes.length : dashes, headers[index + 1]?.start ?? bytes.length);
    const boundary = boundaryBefore(text, start);
    return {
      ...{ body, end: Math.max(body, end), headers: content },
      first: index === 0 && text.slice(0, start).trim() === '',
      delimited: boundary !== undefined && !isDeclared(text, boundary, start, declared),
    };
  });
}

interface CarvedHeader {
  start: number;
  body: number;
  headers: ContentHeaders;
}

function headersIn(bytes: Buffer, text: string, max: number): CarvedHeader[] {
  const found: CarvedHeader[] = [];
  let dash = text.indexOf('-');
  while (dash >= 0 && found.length < max) {
    const start = dash - CONTENT.length;
    let next = dash + 1;
    if (start >= 0 && isFieldAt(text, start)) {
      const block = readHeaderBlock(bytes, start, bytes.length);
      found.push({ start, body: block.body, headers: contentHeaders(block, 'text/plain') });
      next = Math.max(next, block.body);
    }
    dash = text.indexOf('-', next);
  }
  return found;
}

function isFieldAt(text: string, start: number): boolean {
  // The last letter first: most dashes stand behind another one.
  if ((text.charCodeAt(start + CONTENT.length - 1) | 32) !== 116) return false;
  if (!FIELD.test(text.slice(start, start + FIELD_CHARACTERS))) return false;
  let before = start - 1;
  while (before >= 0 && isInvisible(text.charCodeAt(before))) before -= 1;
  return before < 0 || text[before] === '\n' || text[before] === '\r';
}

/** White space, NUL, and a byte order mark that was put before the line. */
function isInvisible(code: number): boolean {
  return code === 32 || code === 9 || code === 0 || code === BOM || code === 0xbb || code === 0xbf;
}

/** Start of the next line that begins with two dashes; -1 when there is none. */
function nextDashes(text: string, from: number): number {
  let at = text.indexOf('--', from);
  while (at >= 0 && at > from && text[at - 1] !== '\n' && text[at - 1] !== '\r') {
    while (text[at] === '-') at += 1;
    at = text.indexOf('--', at);
  }
  return at;
}

/** A field, or the rest of one. */
const HEADER_LINE = /^(?:[!-9;-~]+[ \t]*:|[ \t]+\S)/;

/** What follows the dashes of the line before the header; undefined when there are none. */
function boundaryBefore(text: string, start: number): string | undefined {
  const lines = text.slice(Math.max(0, start - LINE_CHARACTERS_MAX), start).split(/\r\n|\r|\n/);
  lines.pop();
  const line = lines.findLast((before) => !HEADER_LINE.test(before));
  return line?.startsWith('--') && line.length > 2 ? line.slice(2).trimEnd() : undefined;
}

function isDeclared(text: string, boundary: string, before: number, known: Map<string, boolean>): boolean {
  const answer = known.get(boundary);
  if (answer !== undefined) return answer;
  if (known.size >= BOUNDARIES_MAX) return false;
  const name = text
    .slice(0, before)
    .toLowerCase()
    .search(/boundary[ \t]*=/);
  const found = name >= 0 && text.slice(name, before).includes(`=${boundary}`);
  const quoted = name >= 0 && text.slice(name, before).includes(`"${boundary}"`);
  known.set(boundary, found || quoted);
  return found || quoted;
}
