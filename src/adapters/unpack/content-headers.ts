import libmime from 'libmime';
import { type ParameterField, parseParameterField } from './content-parameters.ts';
import type { HeaderBlock } from './header-block.ts';

const NAME_CHARACTERS_MAX = 255;
const SUBJECT_CHARACTERS_MAX = 200;
const MESSAGE_ID_CHARACTERS_MAX = 250;
/** Boundaries of contradicting fields that are all honoured; more are a prank. */
const BOUNDARIES_MAX = 8;
/** Names of one file that are kept. */
const NAMES_MAX = 8;

/** What the header says about the content of an entity. */
export interface ContentHeaders {
  /** Lower case, e.g. `text/plain`; where fields contradict each other, that of a multipart. */
  mediaType: string;
  /** Fields contradict each other as to whether this is a multipart, a message or neither. */
  conflicting: boolean;
  /** Everything that any Content-Type may name: each is believed. The first is what most programs take. */
  boundaries: readonly string[];
  /** Distinct Content-Transfer-Encodings in lower case, known or not; empty means identity. */
  encodings: readonly string[];
  /** File name of Content-Disposition, else of Content-Type. */
  name: string | undefined;
  /** Every file name that any program may read; `name` is the first. */
  names: readonly string[];
  /** Content-Disposition says attachment. */
  attachment: boolean;
}

const MULTIPART_OR_MESSAGE = /\b(?:multipart|message)\/[a-z0-9-]+/;

/** Reads the Content-* fields (RFC 2045, 2183; names by RFC 2231, or 2047 as many programs write them). */
export function contentHeaders(block: HeaderBlock, defaultType: string): ContentHeaders {
  const types: string[] = [];
  const typeNames: string[] = [];
  const fileNames: string[] = [];
  const boundaries: string[] = [];
  const encodings: string[] = [];
  let attachment = false;
  for (const [field, text] of block.fields) {
    if (field === 'content-type') {
      const parsed = parseParameterField(text);
      types.push(...typesOf(parsed, text));
      typeNames.push(...namesOf(parsed, 'name'));
      for (const reading of parsed.readings('boundary')) addUpTo(BOUNDARIES_MAX, boundaries, reading.trimEnd());
    } else if (field === 'content-disposition') {
      const parsed = parseParameterField(text);
      attachment ||= parsed.value === 'attachment';
      fileNames.push(...namesOf(parsed, 'filename'));
    } else if (field === 'content-transfer-encoding') {
      for (const encoding of encodingsOf(text)) addUpTo(BOUNDARIES_MAX, encodings, encoding);
    }
  }
  const names = [...new Set([...fileNames, ...typeNames])].slice(0, NAMES_MAX);
  return {
    mediaType: types.find((type) => type.startsWith('multipart/')) ?? types[0] ?? defaultType,
    conflicting: new Set(types.map(structureOf)).size > 1,
    ...{ boundaries, encodings, name: names[0], names, attachment },
  };
}

/** The media type; where it is garbled also one that has parts and stands somewhere in the field. */
function typesOf(parsed: ParameterField, text: string): string[] {
  const types = parsed.value === '' ? [] : [parsed.value];
  if (/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/.test(parsed.value)) return types;
  const [other] = MULTIPART_OR_MESSAGE.exec(text.toLowerCase()) ?? [];
  return other === undefined || other === parsed.value ? types : [other];
}

/** What decides how the inside is read. */
function structureOf(type: string): string {
  if (type.startsWith('multipart/')) return 'multipart';
  return isNestedMessage(type) || type === 'message/partial' ? type : 'file';
}

/** Whether content of this type is a message of its own. */
export function isNestedMessage(type: string): boolean {
  return /^message\/(?:rfc822|global|news)$/.test(type);
}

const KNOWN_ENCODING = /7bit|8bit|binary|base64|quoted-printable|x-uu\w*|uuencode|x-yencode|mac-binhex40/g;

/** What programs take an encoding for that is written in a way they do not understand. */
const NOT_UNDERSTOOD = 'unknown';

/** One encoding, if it is written as it should be; else everything that the field may mean: comments are understood by some only. */
function encodingsOf(text: string): string[] {
  const lower = text.toLowerCase();
  if (/^[a-z0-9-]+$/.test(lower)) return [lower];
  const bare = decodeWords(lower.replace(/\([^()]*\)/g, ' ')).trim();
  if (/^[a-z0-9-]+$/.test(bare)) return [bare, NOT_UNDERSTOOD];
  const known: string[] = bare.match(KNOWN_ENCODING) ?? [];
  const first = /[a-z0-9-]+/.exec(bare)?.[0];
  return first === undefined || known.includes(first) ? [...known, NOT_UNDERSTOOD] : [first, ...known];
}

function namesOf(parsed: ParameterField, key: string): string[] {
  return parsed.readings(key).flatMap((reading) => {
    const text = reading.slice(0, NAME_CHARACTERS_MAX * 16);
    return boundedName(text.includes('=?') ? utf8(libmime.decodeWords(text)) : utf8(text)) ?? [];
  });
}

function addUpTo(max: number, list: string[], item: string): void {
  if (item !== '' && list.length < max && !list.includes(item)) list.push(item);
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

/** A name taken from outside, bounded; undefined when it says nothing. What is long loses its middle: the end says the type. */
export function boundedName(name: string): string | undefined {
  if (name.trim() === '') return undefined;
  if (name.length <= NAME_CHARACTERS_MAX) return name;
  const half = (NAME_CHARACTERS_MAX - 1) / 2;
  return `${name.slice(0, half)}…${name.slice(-half)}`;
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
