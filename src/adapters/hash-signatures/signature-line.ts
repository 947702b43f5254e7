/** A line may have so many bytes; ClamAV's own limit is 8192, its hash signatures stay far below this. */
export const LINE_BYTES_MAX = 1024;
/** A name of malware may have so many bytes. */
export const NAME_BYTES_MAX = 255;
/** Stands for `*`: a file of any size. No signature is for the empty file, so 0 is free. */
export const ANY_SIZE = 0;

/** Words (32 bit) of an MD5, a SHA-1 and a SHA-256: what tells the kinds of hash apart. */
export const DIGEST_WORDS = [4, 5, 8] as const;

const SIZE_MAX = 0xffff_fffe;
const COLON = 0x3a;
const ASTERISK = 0x2a;
const HEX_VALUE = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  HEX_VALUE[value.toString(16).charCodeAt(0)] = value;
  HEX_VALUE[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

/**
 * One line of a signature file: `HASH:SIZE:NAME[:MINFL[:MAXFL]]`. The same object is filled again for each line,
 * because there are millions. Source: ClamAV manual, "File hash signatures".
 */
export class SignatureLine {
  /** The hash, big endian; only the first `digestWords` count. */
  readonly digest = new Uint32Array(8);
  /** 4 for MD5, 5 for SHA-1, 8 for SHA-256. */
  digestWords = 0;
  /** Bytes of the file, or `ANY_SIZE`. */
  size = 0;
  /** Where the name stands in the buffer that was parsed. */
  nameStart = 0;
  nameEnd = 0;

  /** Fills this from `text[start, end)`. Answers what is wrong with the line, or undefined. */
  parse(text: Uint8Array, start: number, end: number): string | undefined {
    if (end - start > LINE_BYTES_MAX) return `the line has more than ${LINE_BYTES_MAX} bytes`;
    const hashEnd = fieldEnd(text, start, end);
    const sizeEnd = fieldEnd(text, hashEnd + 1, end);
    const nameEnd = fieldEnd(text, sizeEnd + 1, end);
    if (sizeEnd >= end) return 'the line is not HASH:SIZE:NAME';
    this.nameStart = sizeEnd + 1;
    this.nameEnd = nameEnd;
    return (
      this.#parseDigest(text, start, hashEnd) ??
      this.#parseSize(text, hashEnd + 1, sizeEnd) ??
      nameProblem(text, sizeEnd + 1, nameEnd) ??
      levelsProblem(text, nameEnd, end)
    );
  }

  #parseDigest(text: Uint8Array, start: number, end: number): string | undefined {
    const words = (end - start) / 8;
    if (words !== 4 && words !== 5 && words !== 8) return 'the hash is no MD5, SHA-1 or SHA-256 by its length';
    this.digestWords = words;
    for (let word = 0; word < words; word++) {
      let value = 0;
      let valid = 0;
      for (let i = start + word * 8; i < start + word * 8 + 8; i++) {
        const digit = HEX_VALUE[text[i] as number] as number;
        valid |= digit;
        value = (value << 4) | digit;
      }
      if (valid < 0) return 'the hash is not hexadecimal';
      this.digest[word] = value;
    }
    return undefined;
  }

  #parseSize(text: Uint8Array, start: number, end: number): string | undefined {
    if (end - start === 1 && text[start] === ASTERISK) {
      this.size = ANY_SIZE;
      return undefined;
    }
    this.size = number(text, start, end);
    const valid = this.size >= 1 && this.size <= SIZE_MAX;
    return valid ? undefined : `the size is neither * nor a number from 1 to ${SIZE_MAX}`;
  }
}

function nameProblem(text: Uint8Array, start: number, end: number): string | undefined {
  if (end === start) return 'the name is empty';
  if (end - start > NAME_BYTES_MAX) return `the name has more than ${NAME_BYTES_MAX} bytes`;
  for (let i = start; i < end; i++) {
    const byte = text[i] as number;
    if (byte < 0x20 || byte === 0x7f) return 'the name has a control character';
  }
  return undefined;
}

/** The optional function levels behind the name. */
function levelsProblem(text: Uint8Array, nameEnd: number, end: number): string | undefined {
  let fields = 0;
  for (let at = nameEnd; at < end; fields++) {
    const next = fieldEnd(text, at + 1, end);
    if (Number.isNaN(number(text, at + 1, next))) return 'a function level is not a number';
    at = next;
  }
  return fields > 2 ? 'there are more than five fields' : undefined;
}

function fieldEnd(text: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && text[at] !== COLON) at++;
  return at;
}

/** The decimal number in `text[start, end)`, of at most 10 digits; NaN when it is none. */
function number(text: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 10) return Number.NaN;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (text[i] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
