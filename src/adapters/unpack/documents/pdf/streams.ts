import { isReference, type PdfDictionary, type PdfValue, parsePdfValue, parseWholeDictionary } from './objects.ts';

/** A stream object as it stands in the file. */
export interface PdfStream {
  object: number;
  generation: number;
  dictionary: PdfDictionary;
  /** Before filters and decryption. */
  data: Buffer;
}

/** So much before the keyword is looked through for the dictionary. */
const DICTIONARY_BYTES_MAX = 16 * 1024;
const WHITE_BYTES_MAX = 64;
const REREAD_MAX = 16;
const OBJECT_BYTES_MAX = 4096;
const OBJECT_HEADER = /(\d{1,10})\s+(\d{1,5})\s+obj\b/g;
const LF = 10;
const CR = 13;

/**
 * A PDF file, read by its keywords: tables of references are where tricks and damage are, and objects that they do not
 * lead to can be reached by older ones.
 */
export class PdfFile {
  readonly bytes: Buffer;
  #objects: Map<number, number> | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** A value, or what it refers to where that is an object outside of object streams. */
  resolve(value: PdfValue): PdfValue {
    if (!isReference(value)) return value;
    this.#objects ??= this.#findObjects();
    const at = this.#objects.get(value.object);
    if (at === undefined) return undefined;
    const found = parsePdfValue(this.bytes.toString('latin1', at, at + OBJECT_BYTES_MAX));
    return isReference(found) ? undefined : found;
  }

  /** Every stream, in the order of the file: where `stream` stands after a dictionary. */
  *streams(): Generator<PdfStream> {
    const { bytes } = this;
    let before = 0;
    // Words that are no keywords make it look at the same bytes again: so often, and no more.
    let left = REREAD_MAX * bytes.length + DICTIONARY_BYTES_MAX;
    for (let at = bytes.indexOf('stream'); at >= 0; at = bytes.indexOf('stream', Math.max(before, at + 6))) {
      if (!/>>\s*$/.test(bytes.toString('latin1', Math.max(0, at - WHITE_BYTES_MAX), at))) continue;
      const from = Math.max(before, at - DICTIONARY_BYTES_MAX);
      left -= at - from;
      if (left < 0) return;
      const header = readHeader(bytes.toString('latin1', from, at));
      if (header === undefined) continue;
      const start = dataStart(bytes, at + 6);
      const end = this.#dataEnd(header.dictionary, start);
      yield { ...header, data: bytes.subarray(start, end) };
      before = end;
    }
  }

  #dataEnd(dictionary: PdfDictionary, start: number): number {
    const { bytes } = this;
    const length = this.resolve(dictionary.get('/Length'));
    if (typeof length === 'number' && length >= 0 && start + length <= bytes.length) {
      const after = bytes.toString('latin1', start + length, start + length + 16);
      if (/^\s*end(?:stream|obj)/.test(after)) return start + length;
    }
    const end = this.#indexOfEnd(start);
    if (end < 0) return bytes.length;
    if (bytes[end - 1] === LF) return Math.max(start, bytes[end - 2] === CR ? end - 2 : end - 1);
    return Math.max(start, bytes[end - 1] === CR ? end - 1 : end);
  }

  #noEndFrom = Number.POSITIVE_INFINITY;

  #indexOfEnd(from: number): number {
    if (from >= this.#noEndFrom) return -1;
    const end = this.bytes.indexOf('endstream', from);
    // Else many streams without an end would each be searched up to the end of the file.
    if (end < 0) this.#noEndFrom = from;
    return end;
  }

  /** Where the value of each object starts; of one that stands twice, the last, as in incremental updates. */
  #findObjects(): Map<number, number> {
    const { bytes } = this;
    const found = new Map<number, number>();
    for (let at = bytes.indexOf(' obj'); at >= 0; at = bytes.indexOf(' obj', at + 4)) {
      const number = /(\d{1,10})\s+\d{1,5}$/.exec(bytes.toString('latin1', Math.max(0, at - 18), at))?.[1];
      if (number !== undefined) found.set(Number.parseInt(number, 10), at + 4);
    }
    return found;
  }
}

/** Number and dictionary of a stream from what stands before its keyword; undefined when that is no dictionary. */
function readHeader(text: string): Omit<PdfStream, 'data'> | undefined {
  let header: RegExpExecArray | undefined;
  for (const found of text.matchAll(OBJECT_HEADER)) header = found;
  const from = text.indexOf('<<', header ? header.index + header[0].length : 0);
  const dictionary = from < 0 ? undefined : parseWholeDictionary(text.slice(from));
  return dictionary && { object: Number(header?.[1] ?? 0), generation: Number(header?.[2] ?? 0), dictionary };
}

function dataStart(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 9) at += 1;
  if (bytes[at] === CR) return bytes[at + 1] === LF ? at + 2 : at + 1;
  return bytes[at] === LF ? at + 1 : from;
}
