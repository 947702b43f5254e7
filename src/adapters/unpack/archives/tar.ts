import { boundedName } from '../content-headers.ts';
import type { Format } from '../format.ts';
import type { Entry } from '../found.ts';

const BLOCK_BYTES = 512;
const NAME = { at: 0, length: 100 };
const SIZE = { at: 124, length: 12 };
const CHECKSUM = { at: 148, length: 8 };
const TYPE_AT = 156;

/** Headers that describe the next file: GNU long name and link, pax. */
const DESCRIPTION_TYPES = 'LKxg';

/** Tar (POSIX ustar, pax, GNU): by the checksum of the first header, since old archives have no magic. */
export const tar: Format = { name: 'tar', recognises: isTar, read: readTar };

function isTar(bytes: Buffer): boolean {
  return bytes.length >= BLOCK_BYTES && bytes[0] !== 0 && isHeader(bytes, 0);
}

/** Links, directories and devices have no content and are skipped. */
function* readTar(bytes: Buffer): Generator<Entry> {
  let longName: string | undefined;
  let at = 0;
  while (at + BLOCK_BYTES <= bytes.length && bytes[at] !== 0) {
    if (!isHeader(bytes, at)) {
      yield { name: '', problem: 'damaged' };
      return;
    }
    const size = number(bytes, at + SIZE.at, SIZE.length);
    const type = String.fromCharCode(bytes[at + TYPE_AT] ?? 0);
    const start = at + BLOCK_BYTES;
    const content = bytes.subarray(start, start + size);
    if (DESCRIPTION_TYPES.includes(type)) longName = nameIn(content, type) ?? longName;
    else {
      const name = longName ?? text(bytes.subarray(at + NAME.at, at + NAME.at + NAME.length));
      longName = undefined;
      if (content.length < size) yield { name, content, problem: 'damaged' };
      else if (size > 0) yield { name, content };
    }
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
}

function isHeader(bytes: Buffer, at: number): boolean {
  let sum = 0;
  for (let i = 0; i < BLOCK_BYTES; i += 1) {
    sum += i >= CHECKSUM.at && i < CHECKSUM.at + CHECKSUM.length ? 32 : (bytes[at + i] ?? 0);
  }
  return sum === number(bytes, at + CHECKSUM.at, CHECKSUM.length);
}

/** Octal digits, or base 256 when the first bit is set (GNU); 0 for anything else. */
function number(bytes: Buffer, at: number, length: number): number {
  const first = bytes[at] ?? 0;
  if (first & 0x80) return bytes.readUIntBE(at + length - 6, 6);
  return Number.parseInt(bytes.toString('latin1', at, at + length).trim(), 8) || 0;
}

function nameIn(content: Buffer, type: string): string | undefined {
  if (type === 'L') return text(content);
  return type === 'x'
    ? /(?:^|\n)\d+ path=([^\n]+)/.exec(content.toString('utf8', 0, 64 * 1024))?.[1]?.slice(0, 255)
    : undefined;
}

function text(field: Buffer): string {
  const zero = field.indexOf(0);
  return boundedName(field.toString('utf8', 0, Math.min(zero < 0 ? field.length : zero, 1024))) ?? '';
}
