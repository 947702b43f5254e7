import { nameLengthMax } from '../entry.ts';

/** One signature: a hash that names malware. */
export interface Signature {
  /** MD5 (16 bytes), SHA-1 (20) or SHA-256 (32). */
  hash: Buffer;
  /** Size of the file in bytes, if the line says it. */
  size?: number;
  name: string;
}

/** A line that is no signature; the message says why, for a person. */
export class BadLine extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'BadLine';
  }
}

/** Of MD5, SHA-1 and SHA-256. */
const hexLengths = [32, 40, 64];

/**
 * Reads a line of ClamAV's .hdb, .hsb, .hdu, .hsu, .fp or .sfp: `hash:size|*:name[:minimum level[:maximum level]]`
 * (docs.clamav.net, "Hash-based signatures"); which hash it is, its length says. Undefined for an empty line or a comment
 * (`#`). Throws `BadLine`.
 */
export function parseSignatureLine(line: string): Signature | undefined {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return undefined;
  const fields = text.split(':');
  const [hash = '', size = '', name = ''] = fields;
  if (fields.length < 3 || fields.length > 5) throw new BadLine('expected hash:size:name');
  const signature = { hash: parseHash(hash), name: parseName(name) };
  if (fields.slice(3).some((level) => !/^\d*$/.test(level))) throw new BadLine('functionality level must be a number');
  if (size === '*') return signature;
  if (!/^\d{1,13}$/.test(size)) throw new BadLine('size must be * or a number of bytes');
  return { ...signature, size: Number(size) };
}

/** MD5, SHA-1 or SHA-256. Throws `BadLine`. */
export function parseHash(text: string): Buffer {
  // Decoding ends at what is no digit: faster than an expression, by a third of an import.
  const hash = Buffer.from(text, 'hex');
  if (!hexLengths.includes(text.length) || hash.length * 2 !== text.length)
    throw new BadLine('expected a hash of 32, 40 or 64 hexadecimal digits');
  return hash;
}

/** A name of malware. Throws `BadLine`. */
export function parseName(text: string): string {
  if (text === '') throw new BadLine('the name is empty');
  if (text.length > nameLengthMax) throw new BadLine(`the name is longer than ${nameLengthMax} characters`);
  // A colon would end the field in the pattern files; U+FFFD is what is left of bytes that are not UTF-8.
  if (/[\p{Cc}\u{fffd}:]/u.test(text)) throw new BadLine('the name holds a colon, a control character or is not UTF-8');
  return text;
}

/** The line for a pattern file (.hdb or .hsb). A size of `*` needs functionality level 73 there. */
export function formatSignatureLine(signature: Signature): string {
  const size = signature.size === undefined ? '*' : String(signature.size);
  return `${signature.hash.toString('hex')}:${size}:${signature.name}${size === '*' ? ':73' : ''}\n`;
}
