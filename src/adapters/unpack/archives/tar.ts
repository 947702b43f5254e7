import { boundedName } from '../content-headers.ts';
import type { Format } from '../format.ts';
import type { Entry } from '../found.ts';
import { isZero } from './zeros.ts';

const BLOCK_BYTES = 512;
const NAME = { at: 0, length: 100 };
const SIZE = { at: 124, length: 12 };
const CHECKSUM = { at: 148, length: 8 };
const TYPE_AT = 156;

/** Headers that describe the next file: GNU long name and link, pax. */
const DESCRIPTION_TYPES = 'LKxg';

/** Of all but the oldest. */
const MAGIC = Buffer.from('ustar', 'latin1');
const MAGIC_AT = 257;

/** Tar (POSIX ustar, pax, GNU): by the checksum of the first header, since old archives have no magic; by that, where the header is damaged. */
export const tar: Format = { name: 'tar', recognises: isTar, read: readTar };

function isTar(bytes: Buffer): boolean {
  if (bytes.length < BLOCK_BYTES) return false;
  return isHeader(bytes, 0) || MAGIC.equals(bytes.subarray(MAGIC_AT, MAGIC_AT + MAGIC.length));
}

/**
 * Links, directories and devices have no content and are skipped. Goes on behind what is damaged, where the next header is, and behind
 * the end of an archive, since some programs do; what stands there and is none is content of its own.
 */
function* readTar(bytes: Buffer): Generator<Entry> {
  let described: Described = {};
  let description: Buffer | undefined;
  let at = 0;
  while (at + BLOCK_BYTES <= bytes.length) {
    if (!isHeader(bytes, at)) {
      const next = nextHeader(bytes, at);
      const between = bytes.subarray(at, next);
      if (!isZero(between.subarray(0, BLOCK_BYTES))) yield { name: '', problem: 'damaged' };
      else if (!isZero(between)) yield { name: '', content: between };
      at = next;
      continue;
    }
    const size = described.size ?? number(bytes, at + SIZE.at, SIZE.length);
    const type = String.fromCharCode(bytes[at + TYPE_AT] ?? 0);
    const start = at + BLOCK_BYTES;
    const content = bytes.subarray(start, start + size);
    if (DESCRIPTION_TYPES.includes(type)) {
      described = { ...described, ...descriptionIn(content, type) };
      description = content;
    } else {
      const name = described.name ?? text(bytes.subarray(at + NAME.at, at + NAME.at + NAME.length));
      described = {};
      description = undefined;
      if (content.length < size) yield { name, content, problem: 'damaged' };
      else if (size > 0) yield { name, content };
    }
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  if (description !== undefined) yield { name: '', content: description, problem: 'damaged' };
}

/** What headers before it say of a file. */
interface Described {
  name?: string;
  size?: number;
}

function nextHeader(bytes: Buffer, from: number): number {
  let at = from + BLOCK_BYTES;
  while (at + BLOCK_BYTES <= bytes.length && !isHeader(bytes, at)) at += BLOCK_BYTES;
  return at + BLOCK_BYTES <= bytes.length ? at : bytes.length;
}

/** Some old programs add the bytes up as if they were signed. */
function isHeader(bytes: Buffer, at: number): boolean {
  const said = number(bytes, at + CHECKSUM.at, CHECKSUM.length);
  if (said === 0) return false;
  let sum = 0;
  let negative = 0;
  for (let i = 0; i < BLOCK_BYTES; i += 1) {
    const byte = i >= CHECKSUM.at && i < CHECKSUM.at + CHECKSUM.length ? 32 : (bytes[at + i] ?? 0);
    sum += byte;
    if (byte > 127) negative += 256;
  }
  return sum === said || sum - negative === said;
}

/** Octal digits, or base 256 when the first bit is set (GNU); 0 for anything else. */
function number(bytes: Buffer, at: number, length: number): number {
  const first = bytes[at] ?? 0;
  if (first & 0x80) return bytes.readUIntBE(at + length - 6, 6);
  return Number.parseInt(bytes.toString('latin1', at, at + length).trim(), 8) || 0;
}

function descriptionIn(content: Buffer, type: string): Described {
  if (type === 'L') return { name: text(content) };
  if (type !== 'x') return {};
  const records = content.toString('utf8', 0, 64 * 1024);
  const path = /(?:^|\n)\d+ path=([^\n]+)/.exec(records)?.[1];
  const size = /(?:^|\n)\d+ size=(\d{1,15})\n/.exec(records)?.[1];
  return { ...(path && { name: path.slice(0, 255) }), ...(size && { size: Number(size) }) };
}

function text(field: Buffer): string {
  const zero = field.indexOf(0);
  return boundedName(field.toString('utf8', 0, Math.min(zero < 0 ? field.length : zero, 1024))) ?? '';
}
