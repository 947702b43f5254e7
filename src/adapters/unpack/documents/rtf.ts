import type { Entry } from '../found.ts';
import { ANYTHING_BYTES_MIN, ANYTHING_MAX } from './encoded-limits.ts';
import { looksLikeFile } from './file-signatures.ts';
import { readOle1Object } from './ole-native.ts';

const OPEN = 123;
const CLOSE = 125;
const BACKSLASH = 92;
const QUOTE = 39;
const MINUS = 45;
const SPACE = 32;

/** So much white space may stand before it. */
const BLANK_BYTES_MAX = 64;
/** Shorter data in hexadecimal is no file. */
const DATA_BYTES_MIN = 16;
/** Words of a longer name, or groups of a greater depth, are a prank. */
const WORD_LETTERS_MAX = 32;

/** Value of a hexadecimal digit, or 255. */
const DIGITS = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
  DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

/** By its beginning: Word takes `{\rt` for RTF, whatever follows. */
export function isRtf(bytes: Buffer): boolean {
  let at = 0;
  while (at < BLANK_BYTES_MAX && (bytes[at] ?? OPEN) <= SPACE) at += 1;
  return bytes[at] === OPEN && bytes.toString('latin1', at, at + 4) === '{\\rt';
}

/**
 * Data in hexadecimal and in `\bin` within RTF: objects, unwrapped, and pictures. Tricks with white space, control words
 * and groups between the digits are read both ways: as if groups within were not there, and as if only they were not marked.
 */
export function* readRtf(bytes: Buffer): Generator<Entry> {
  let count = 0;
  let anything = 0;
  for (const { object, content } of new RtfScan(bytes).data()) {
    if (!object && !looksLikeFile(content)) {
      if (content.length < ANYTHING_BYTES_MIN || anything >= ANYTHING_MAX) continue;
      anything += 1;
    }
    count += 1;
    yield { name: `${object ? 'object' : 'data'}-${count}`, content };
    if (object) yield* readOle1Object(content);
  }
}

interface RtfData {
  /** It stood in `\objdata`. */
  object: boolean;
  content: Buffer;
}

/** Digits that are being collected, in halves of bytes. */
class HexBytes {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;
  #half = -1;

  digit(value: number): void {
    if (this.#half < 0) this.#half = value;
    else {
      this.#put((this.#half << 4) | value);
      this.#half = -1;
    }
  }

  binary(data: Buffer): void {
    if (data.length === 0) return;
    this.#half = -1;
    this.#reserve(data.length);
    this.#length += data.copy(this.#bytes, this.#length);
  }

  /** What there is so far, and starts anew; undefined when it is too short. */
  take(): Buffer | undefined {
    const taken = this.#length >= DATA_BYTES_MIN ? Buffer.from(this.#bytes.subarray(0, this.#length)) : undefined;
    this.clear();
    return taken;
  }

  clear(): void {
    this.#length = 0;
    this.#half = -1;
  }

  #put(byte: number): void {
    if (this.#length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe((this.#length + more) * 2);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** One pass over the tokens of RTF, collecting digits outside of control words. */
class RtfScan {
  readonly #bytes: Buffer;
  /** Of the object: digits of the groups within it, too; and without them. */
  readonly #all = new HexBytes();
  readonly #own = new HexBytes();
  /** Outside of objects. Text has digits as well: a letter says that this is text. */
  readonly #plain = new HexBytes();
  /** Depth of the group that \objdata stands in, or -1. */
  #object = -1;
  #depth = 0;
  #finished: RtfData[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  *data(): Generator<RtfData> {
    const bytes = this.#bytes;
    for (let at = 0; at < bytes.length; ) {
      const byte = bytes[at] ?? 0;
      if (byte === BACKSLASH) at = this.#control(readControl(bytes, at));
      else {
        this.#character(byte);
        at += 1;
      }
      if (this.#finished.length === 0) continue;
      yield* this.#finished;
      this.#finished = [];
    }
    this.#endObject();
    this.#endPlain();
    yield* this.#finished;
  }

  #character(byte: number): void {
    const digit = DIGITS[byte] ?? 255;
    if (digit < 16) {
      const outside = this.#object < 0;
      (outside ? this.#plain : this.#all).digit(digit);
      if (!outside && this.#depth === this.#object) this.#own.digit(digit);
    } else if (byte === OPEN) this.#depth += 1;
    else if (byte === CLOSE) {
      this.#depth -= 1;
      if (this.#object > this.#depth) this.#endObject();
      this.#endPlain();
    } else if (this.#object < 0 && byte > SPACE) this.#plain.clear();
  }

  /** Where it goes on after the control word. */
  #control({ word, number, end }: Control): number {
    if (word === 'bin') {
      const data = this.#bytes.subarray(end, end + Math.max(number ?? 0, 0));
      if (this.#object >= 0) {
        this.#all.binary(data);
        if (this.#depth === this.#object) this.#own.binary(data);
      } else if (data.length >= DATA_BYTES_MIN) this.#finished.push({ object: false, content: data });
      return end + data.length;
    }
    if (word === 'objdata') {
      this.#endObject();
      this.#endPlain();
      this.#object = this.#depth;
    } else if (this.#object < 0 && word !== '') this.#endPlain();
    return end;
  }

  #endObject(): void {
    const all = this.#all.take();
    const own = this.#own.take();
    if (all) this.#finished.push({ object: true, content: all });
    if (own && !all?.equals(own)) this.#finished.push({ object: true, content: own });
    this.#object = -1;
  }

  #endPlain(): void {
    const content = this.#plain.take();
    if (content) this.#finished.push({ object: false, content });
  }
}

interface Control {
  /** Lower-case letters; '' for a symbol. */
  word: string;
  number: number | undefined;
  end: number;
}

/** A control word with its number and the space after it, or a control symbol; `\'` has two digits, which are text. */
function readControl(bytes: Buffer, start: number): Control {
  let at = start + 1;
  while (at < bytes.length && isLetter(bytes[at])) at += 1;
  if (at === start + 1) return { word: '', number: undefined, end: at + (bytes[at] === QUOTE ? 3 : 1) };
  const word = bytes.toString('latin1', start + 1, Math.min(at, start + 1 + WORD_LETTERS_MAX)).toLowerCase();
  const numberStart = at;
  if (bytes[at] === MINUS) at += 1;
  while (at < bytes.length && at < numberStart + 11 && isDigit(bytes[at])) at += 1;
  const number = at > numberStart ? Number.parseInt(bytes.toString('latin1', numberStart, at), 10) : undefined;
  return { word, number, end: bytes[at] === SPACE ? at + 1 : at };
}

const isLetter = (byte = 0) => (byte | 32) >= 97 && (byte | 32) <= 122;
const isDigit = (byte = 0) => byte >= 48 && byte <= 57;
