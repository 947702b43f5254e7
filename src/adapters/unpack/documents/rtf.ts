import type { Entry } from '../found.ts';
import { ANYTHING_BYTES_MIN, ANYTHING_MAX } from './encoded-blocks.ts';
import { looksLikeFile } from './file-signatures.ts';
import { readOle1Object } from './ole-native.ts';

const OPEN = 123;
const CLOSE = 125;
const BACKSLASH = 92;
const QUOTE = 39;
const MINUS = 45;
const SPACE = 32;

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
  const start = bytes.subarray(0, 64).toString('latin1').trimStart();
  return start.startsWith('{\\rt');
}

/**
 * Data in hexadecimal and in `\bin` within RTF: objects, unwrapped, and pictures. Tricks with white space, control words
 * and groups between the digits are read both ways: as if groups within were not there, and as if only they were not marked.
 */
export function* readRtf(bytes: Buffer): Generator<Entry> {
  let count = 0;
  let anything = 0;
  for (const { object, content } of hexData(bytes)) {
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
    this.#half = -1;
    this.#reserve(data.length);
    this.#length += data.copy(this.#bytes, this.#length);
  }

  /** What there is so far, and starts anew; undefined when it is too short. */
  take(): Buffer | undefined {
    const taken = this.#length >= DATA_BYTES_MIN ? Buffer.from(this.#bytes.subarray(0, this.#length)) : undefined;
    this.#length = 0;
    this.#half = -1;
    return taken;
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

/**
 * One pass: digits outside of control words, group by group. Of an object, `all` has the digits of the groups within it,
 * too, and `own` has not. Text has digits as well: what is no object must be digits and white space alone, for a while.
 */
function* hexData(bytes: Buffer): Generator<RtfData> {
  const all = new HexBytes();
  const own = new HexBytes();
  /** Depth of the group that \objdata stands in, or -1. */
  let object = -1;
  let depth = 0;
  let plain = new HexBytes();
  let at = 0;
  const end = function* (): Generator<RtfData> {
    const longer = all.take();
    const shorter = own.take();
    if (longer) yield { object: true, content: longer };
    if (shorter && !longer?.equals(shorter)) yield { object: true, content: shorter };
    object = -1;
  };
  const flushPlain = function* (): Generator<RtfData> {
    const content = plain.take();
    if (content) yield { object: false, content };
  };
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH) {
      const control = readControl(bytes, at);
      at = control.end;
      if (control.word === 'objdata') {
        if (object >= 0) yield* end();
        yield* flushPlain();
        object = depth;
      } else if (control.word === 'bin') {
        const data = bytes.subarray(at, at + Math.max(control.number ?? 0, 0));
        at += data.length;
        if (object >= 0) {
          all.binary(data);
          if (depth === object) own.binary(data);
        } else if (data.length >= DATA_BYTES_MIN) yield { object: false, content: data };
      } else if (object < 0 && control.word !== '') yield* flushPlain();
    } else {
      at += 1;
      const digit = DIGITS[byte] ?? 255;
      if (digit < 16) {
        if (object < 0) plain.digit(digit);
        else {
          all.digit(digit);
          if (depth === object) own.digit(digit);
        }
      } else if (byte === OPEN) {
        depth += 1;
      } else if (byte === CLOSE) {
        depth -= 1;
        if (object > depth) yield* end();
        yield* flushPlain();
      } else if (object < 0 && byte > SPACE) {
        // A letter: this is text, and none of its digits were data.
        plain = restarted(plain);
      }
    }
  }
  if (object >= 0) yield* end();
  yield* flushPlain();
}

function restarted(plain: HexBytes): HexBytes {
  plain.take();
  return plain;
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
