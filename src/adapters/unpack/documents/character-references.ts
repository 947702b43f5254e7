import type { Entry } from '../found.ts';

/** Letters and digits that are written as numbers; ordinary pages write an address like that, and no more. */
const HIDDEN_MIN = 40;
/** Longest text that is written anew, bytes: a page that is longer shows nothing. */
const TEXT_BYTES_MAX = 64 * 1024 ** 2;
const REFERENCE = /&#(?:x([0-9a-f]{1,6})|(\d{1,7}));?/gi;
const AFTER_ASCII = 0x80;

/**
 * Text whose letters are character references of HTML (`&#85;&#x45;`), as it reads: what is encoded in it is found only then. One that
 * uses them for what cannot be typed stays as it is.
 */
export function* readCharacterReferences(bytes: Buffer): Generator<Entry> {
  if (bytes.length > TEXT_BYTES_MAX || !hidesLetters(bytes)) return;
  const text = bytes.toString('latin1').replace(REFERENCE, (written, hexadecimal?: string, decimal?: string) => {
    const code = codeOf(hexadecimal, decimal);
    return code < AFTER_ASCII ? String.fromCharCode(code) : written;
  });
  yield { name: 'text', content: Buffer.from(text, 'latin1'), encoded: 'block' };
}

function hidesLetters(bytes: Buffer): boolean {
  let hidden = 0;
  for (let at = bytes.indexOf('&#', 0, 'latin1'); at >= 0; at = bytes.indexOf('&#', at + 2, 'latin1')) {
    const [, hexadecimal, decimal] =
      /^&#(?:x([0-9a-f]{1,6})|(\d{1,7}))/i.exec(bytes.toString('latin1', at, at + 10)) ?? [];
    if (/[A-Za-z0-9]/.test(String.fromCharCode(codeOf(hexadecimal, decimal))) && ++hidden >= HIDDEN_MIN) return true;
  }
  return false;
}

function codeOf(hexadecimal: string | undefined, decimal: string | undefined): number {
  return hexadecimal === undefined ? Number(decimal ?? 0) : Number.parseInt(hexadecimal, 16);
}
