/** A value of PDF (ISO 32000-1 7.3). Names have their slash and no escapes; strings are bytes. */
export type PdfValue =
  | number
  | boolean
  | undefined
  | string
  | Buffer
  | PdfReference
  | readonly PdfValue[]
  | PdfDictionary;

export interface PdfReference {
  object: number;
}

export type PdfDictionary = ReadonlyMap<string, PdfValue>;

const DEPTH_MAX = 32;
const REFERENCE = /(\d{1,10})\s+\d{1,5}\s+R(?![A-Za-z0-9])/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)/y;
const NAME = /\/[^\s()<>[\]{}/%]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is white space in PDF
const BLANK = /(?:[\s\x00]|%[^\r\n]*)*/y;
const WORD = /[A-Za-z]+/y;

/** The value at the beginning of the text (a character for each byte), leniently; undefined when there is none. */
export function parsePdfValue(text: string): PdfValue {
  return new PdfParser(text).value(0);
}

/** The dictionary that the text is from beginning to end; undefined when it ends within it, as in a string or a comment. */
export function parseWholeDictionary(text: string): PdfDictionary | undefined {
  const parser = new PdfParser(text);
  const value = parser.value(0);
  return isDictionary(value) && parser.isAtEnd ? value : undefined;
}

export function isDictionary(value: PdfValue): value is PdfDictionary {
  return value instanceof Map;
}

export function isReference(value: PdfValue): value is PdfReference {
  return typeof value === 'object' && value !== null && 'object' in value;
}

export function isArray(value: PdfValue): value is readonly PdfValue[] {
  return Array.isArray(value);
}

class PdfParser {
  readonly #text: string;
  #at = 0;
  /** The text ended within a string or a dictionary. */
  #unclosed = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** All of the text was one value. */
  get isAtEnd(): boolean {
    this.#take(BLANK);
    return !this.#unclosed && this.#at === this.#text.length;
  }

  value(depth: number): PdfValue {
    this.#take(BLANK);
    const text = this.#text;
    const first = text[this.#at];
    if (depth > DEPTH_MAX || first === undefined) return undefined;
    if (first === '/') return unescapedName(this.#take(NAME) ?? '');
    if (first === '<') return text[this.#at + 1] === '<' ? this.#dictionary(depth) : this.#hexString();
    if (first === '[') return this.#array(depth);
    if (first === '(') return this.#string();
    const reference = this.#take(REFERENCE);
    if (reference !== undefined) return { object: Number.parseInt(reference, 10) };
    const number = this.#take(NUMBER);
    if (number !== undefined) return Number.parseFloat(number);
    const word = this.#take(WORD);
    return word === 'true' ? true : word === 'false' ? false : undefined;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #dictionary(depth: number): PdfDictionary {
    const entries = new Map<string, PdfValue>();
    this.#at += 2;
    for (;;) {
      this.#take(BLANK);
      const rest = this.#text[this.#at];
      if (rest === undefined) {
        this.#unclosed = true;
        return entries;
      }
      if (rest === '>') {
        this.#at += 2;
        return entries;
      }
      const start = this.#at;
      const key = this.#take(NAME);
      if (key !== undefined) {
        const name = unescapedName(key);
        const value = this.value(depth + 1);
        // Of a key that stands twice, readers take the first or the last: a value that can be used is the better one.
        if (value !== undefined || !entries.has(name)) entries.set(name, value);
      } else this.value(depth + 1);
      if (this.#at === start) this.#at += 1;
    }
  }

  #array(depth: number): readonly PdfValue[] {
    const values: PdfValue[] = [];
    this.#at += 1;
    for (;;) {
      this.#take(BLANK);
      const next = this.#text[this.#at];
      if (next === undefined) return values;
      if (next === ']') {
        this.#at += 1;
        return values;
      }
      const start = this.#at;
      values.push(this.value(depth + 1));
      if (this.#at === start) this.#at += 1;
    }
  }

  #hexString(): Buffer {
    const end = this.#text.indexOf('>', this.#at);
    const to = end < 0 ? this.#text.length : end;
    const digits = this.#text.slice(this.#at + 1, to).replace(/[^0-9a-f]/gi, '');
    this.#at = to + 1;
    return Buffer.from(digits.length % 2 ? `${digits}0` : digits, 'hex');
  }

  #string(): Buffer {
    const text = this.#text;
    let out = '';
    let depth = 0;
    while (this.#at < text.length) {
      const character = text[this.#at] ?? '';
      this.#at += 1;
      if (character === '\\') out += this.#escape();
      else if (character === ')' && --depth === 0) return Buffer.from(out, 'latin1');
      else {
        if (character === '(') depth += 1;
        if (character !== '(' || depth > 1) out += character;
      }
    }
    this.#unclosed = true;
    return Buffer.from(out, 'latin1');
  }

  #escape(): string {
    const octal = /[0-7]{1,3}/y;
    const digits = this.#take(octal);
    if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 8) & 255);
    const character = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (character === '\r' || character === '\n') return '';
    const known: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
    return known[character] ?? character;
  }
}

function unescapedName(name: string): string {
  if (!name.includes('#')) return name;
  return name.replace(/#([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
