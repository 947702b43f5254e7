import libmime from 'libmime';
import type { HeaderBlock } from './header-block.ts';

const NAME_CHARACTERS_MAX = 255;
const SUBJECT_CHARACTERS_MAX = 200;
const MESSAGE_ID_CHARACTERS_MAX = 250;
/** Boundaries of contradicting fields that are all honoured; more are a prank. */
const BOUNDARIES_MAX = 4;

/** What the header says about the content of an entity. */
export interface ContentHeaders {
  /** Lower case, e.g. `text/plain`. */
  mediaType: string;
  /** Of every Content-Type field: where fields contradict each other, each is believed. */
  boundaries: readonly string[];
  /** Distinct Content-Transfer-Encodings in lower case; empty means identity. */
  encodings: readonly string[];
  /** File name of Content-Disposition, else of Content-Type. */
  name: string | undefined;
  /** Content-Disposition says attachment. */
  attachment: boolean;
}

/** Reads the Content-* fields (RFC 2045, 2183; names by RFC 2231, or 2047 as many programs write them). */
export function contentHeaders(block: HeaderBlock, defaultType: string): ContentHeaders {
  let mediaType = '';
  let typeName: string | undefined;
  let fileName: string | undefined;
  let attachment = false;
  const boundaries: string[] = [];
  const encodings: string[] = [];
  for (const [field, text] of block.fields) {
    if (field === 'content-type') {
      const parsed = parse(text);
      if (!mediaType || parsed.value.startsWith('multipart/')) mediaType = parsed.value;
      typeName ??= parsed.name('name');
      const boundary = parsed.boundary;
      if (boundary && boundaries.length < BOUNDARIES_MAX && !boundaries.includes(boundary)) boundaries.push(boundary);
    } else if (field === 'content-disposition') {
      const parsed = parse(text);
      attachment ||= parsed.value === 'attachment';
      fileName ??= parsed.name('filename');
    } else if (field === 'content-transfer-encoding') {
      const encoding = parse(text).value;
      if (encoding && !encodings.includes(encoding)) encodings.push(encoding);
    }
  }
  return { mediaType: mediaType || defaultType, boundaries, encodings, name: fileName ?? typeName, attachment };
}

/** Decoded Subject, at most 200 characters; undefined when there is none. */
export function subjectOf(block: HeaderBlock): string | undefined {
  const raw = block.fields.find(([name]) => name === 'subject')?.[1];
  if (raw === undefined) return undefined;
  return decodeWords(raw.slice(0, SUBJECT_CHARACTERS_MAX * 16)).slice(0, SUBJECT_CHARACTERS_MAX);
}

/** Message-ID without its angle brackets, at most 250 characters; undefined when there is none. */
export function messageIdOf(block: HeaderBlock): string | undefined {
  const raw = block.fields.find(([name]) => name === 'message-id')?.[1];
  const id = utf8((/<([^<>]*)>/.exec(raw ?? '')?.[1] ?? raw ?? '').trim());
  return id === '' ? undefined : id.slice(0, MESSAGE_ID_CHARACTERS_MAX);
}

/** A name taken from outside, bounded; undefined when it says nothing. */
export function boundedName(name: string): string | undefined {
  return name.trim() === '' ? undefined : name.slice(0, NAME_CHARACTERS_MAX);
}

function parse(text: string) {
  const { value, params, decodedParams } = libmime.parseHeaderValue(text, { stripComments: true });
  return {
    value: value.trim().toLowerCase(),
    boundary: params.boundary?.trimEnd(),
    name(key: string): string | undefined {
      const given = params[key];
      if (given === undefined) return undefined;
      return boundedName(decodedParams.includes(key) ? given : decodeWords(given.slice(0, NAME_CHARACTERS_MAX * 16)));
    },
  };
}

/** RFC 2047, or plain UTF-8 as RFC 6532 allows. */
function decodeWords(text: string): string {
  return utf8(text.includes('=?') ? libmime.decodeWords(text) : text);
}

/** Header text is read byte for byte; if the bytes are UTF-8 then this is what they say. */
function utf8(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\x00-\x7f]*$/.test(text) || /[^\x00-\xff]/.test(text)) return text;
  const decoded = Buffer.from(text, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? text : decoded;
}
