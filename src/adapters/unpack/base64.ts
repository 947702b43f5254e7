const EQUALS = 61;
const DASH = 45;
const UNDERSCORE = 95;
const LF = 10;
const CR = 13;
const SKIP = 64;

/** Value of each byte in the base64 alphabet (RFC 4648 4), or SKIP. */
const VALUES = new Uint8Array(256).fill(SKIP);
for (const [value, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  VALUES[character.charCodeAt(0)] = value;
}
/** The alphabet for addresses (RFC 4648 5) read as well. */
const EITHER_VALUES = Uint8Array.from(VALUES);
EITHER_VALUES[DASH] = 62;
EITHER_VALUES[UNDERSCORE] = 63;

/** What base64 may decode to. */
export interface Base64Readings {
  /** Each once; the first is what most programs take. */
  contents: readonly Buffer[];
  /** It is not written as programs write it: it may be something else altogether. */
  untidy: boolean;
  /** Base64 goes on where some programs stop: what comes then is hidden from them. */
  broken: boolean;
}

/**
 * Decodes base64 (RFC 2045 6.8) in every way that programs do: what is not of the alphabet is skipped, or ends it; padding in the middle
 * is passed over, ends a group of bits, or ends it all; lines are taken together or one by one; missing padding is made up for.
 */
export function readBase64(encoded: Buffer): Base64Readings {
  const padding = encoded.indexOf(EQUALS);
  const dataEnd = padding < 0 ? encoded.length : padding;
  const content = Buffer.from(encoded.toString('latin1', 0, dataEnd), 'base64');
  if (isTidy(encoded, dataEnd, content.length)) return { contents: [content], untidy: false, broken: false };
  return readUntidy(encoded);
}

/** Decodes leniently: what is not of the alphabet is skipped, padding ends a group of bits only. */
export function decodeBase64(encoded: Buffer): Buffer {
  return readBase64(encoded).contents[0] ?? Buffer.alloc(0);
}

/**
 * Whether there is nothing but lines of the same length, in whole groups of four, and white space after them. It looks at line ends only:
 * if anything but data stood elsewhere, then the decoder would have skipped it, and the content would be shorter.
 */
function isTidy(encoded: Buffer, dataEnd: number, decodedBytes: number): boolean {
  let end = encoded.length;
  while (end > 0 && isWhite(encoded[end - 1])) end -= 1;
  if (dataEnd > end) dataEnd = end;
  const pads = end - dataEnd;
  if (pads > 2 || (pads === 2 && encoded[end - 1] !== EQUALS)) return false;
  const lf = encoded.indexOf(LF);
  const first = lf < 0 || lf > end ? end : encoded[lf - 1] === CR ? lf - 1 : lf;
  const step = lf < 0 || lf > end ? end + 1 : lf + 1;
  let ends = 0;
  if (first < end) {
    if (first === 0 || first % 4 !== 0) return false;
    for (let at = lf; at < end; at += step) {
      if (encoded[at] !== LF || (step - first === 2 && encoded[at - 1] !== CR)) return false;
      ends += 1;
    }
  }
  const data = dataEnd - ends * (step - first);
  // Node's decoder reads the characters - and _ as data.
  return (
    data % 4 !== 1 &&
    decodedBytes === Math.floor((data * 3) / 4) &&
    encoded.indexOf(DASH) < 0 &&
    encoded.indexOf(UNDERSCORE) < 0
  );
}

const isWhite = (byte: number | undefined) => byte === LF || byte === CR || byte === 32 || byte === 9;

/** What was met in a body besides data. */
interface Oddities {
  /** Index of the first padding that data follows, of the first thing that is neither data nor padding nor white space; or -1. */
  padding: number;
  junk: number;
  otherAlphabet: boolean;
  /** A line, but for the last one, whose data is no multiple of four. */
  splitGroups: boolean;
}

function readUntidy(encoded: Buffer): Base64Readings {
  const odd = findOddities(encoded);
  const contents: Buffer[] = [];
  const add = (way: Way) => {
    const content = decode(encoded, way);
    if (!contents.some((known) => known.equals(content))) contents.push(content);
  };
  add({});
  if (odd.padding >= 0) {
    add({ end: odd.padding });
    add({ paddingIsJunk: true });
    add({ paddingEnds: true });
  }
  if (odd.junk >= 0) add({ end: odd.junk });
  if (odd.otherAlphabet) add({ eitherAlphabet: true });
  if (odd.splitGroups) add({ byLine: true });
  const firstOdd = Math.min(...[odd.padding, odd.junk].filter((at) => at >= 0), encoded.length);
  return { contents, untidy: true, broken: goesOn(encoded.toString('latin1', firstOdd)) };
}

function findOddities(encoded: Buffer): Oddities {
  const odd: Oddities = { padding: -1, junk: -1, otherAlphabet: false, splitGroups: false };
  let padding = -1;
  let inLine = 0;
  let split = false;
  for (let at = 0; at < encoded.length; at += 1) {
    const byte = encoded[at] ?? 0;
    if (VALUES[byte] !== SKIP) {
      inLine += 1;
      if (padding >= 0 && odd.padding < 0) odd.padding = padding;
      if (split) odd.splitGroups = true;
    } else if (byte === LF) {
      split ||= inLine % 4 !== 0;
      inLine = 0;
    } else if (byte === EQUALS) {
      if (padding < 0) padding = at;
    } else if (!isWhite(byte)) {
      if (odd.junk < 0) odd.junk = at;
      if (byte === DASH || byte === UNDERSCORE) odd.otherAlphabet = true;
    }
  }
  return odd;
}

/** Fewer characters of base64 after the odd place hide nothing. */
const HIDDEN_CHARACTERS_MIN = 24;

/** Whether text is rather more base64 than words, as a list's footer has them: one word a line, made of the alphabet. */
function goesOn(text: string): boolean {
  let all = 0;
  let data = 0;
  for (const [line] of text.matchAll(/[^\r\n]+/g)) {
    const trimmed = line.trim();
    all += trimmed.length;
    if (/\s|:\/\//.test(trimmed)) continue;
    const characters = trimmed.replace(/[^A-Za-z0-9+/]+/g, '').length;
    if (characters * 5 >= trimmed.length * 3) data += characters;
  }
  return data >= HIDDEN_CHARACTERS_MIN && data * 4 >= all * 3;
}

/** How to decode; all false: the way most programs do it. */
interface Way {
  end?: number;
  paddingIsJunk?: boolean;
  /** Padding that completes a group ends it all; other padding is no matter. */
  paddingEnds?: boolean;
  eitherAlphabet?: boolean;
  /** Bits that are left at the end of a line are lost. */
  byLine?: boolean;
}

function decode(encoded: Buffer, way: Way): Buffer {
  const {
    end = encoded.length,
    paddingIsJunk = false,
    paddingEnds = false,
    eitherAlphabet = false,
    byLine = false,
  } = way;
  const values = eitherAlphabet ? EITHER_VALUES : VALUES;
  const out = Buffer.allocUnsafe(Math.ceil(end / 4) * 3);
  let length = 0;
  let bits = 0;
  let count = 0;
  let pads = 0;
  const flush = () => {
    if (count >= 2) out[length++] = (count === 2 ? bits >> 4 : bits >> 10) & 255;
    if (count === 3) out[length++] = (bits >> 2) & 255;
    bits = 0;
    count = 0;
  };
  for (let at = 0; at < end; at += 1) {
    const byte = encoded[at] ?? 0;
    const value = values[byte] ?? SKIP;
    if (value !== SKIP) {
      bits = (bits << 6) | value;
      count += 1;
      pads = 0;
      if (count === 4) {
        out[length++] = bits >> 16;
        out[length++] = (bits >> 8) & 255;
        out[length++] = bits & 255;
        bits = 0;
        count = 0;
      }
    } else if (byte === EQUALS && paddingEnds) {
      if (count >= 2) pads += 1;
      if (count >= 2 && count + pads >= 4) break;
    } else if ((byte === EQUALS && !paddingIsJunk) || (byLine && byte === LF)) flush();
  }
  flush();
  return out.subarray(0, length);
}
