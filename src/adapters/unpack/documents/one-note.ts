import type { Entry } from '../found.ts';

const SECTION = Buffer.from('e4525c7b8cd8a74daeb15378d02996d3', 'hex');
/** {BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC} before each embedded file (MS-ONESTORE 2.6.13). */
const FILE_DATA = Buffer.from('e716e3bd65261145a4c48d4d0b7a9eac', 'hex');
const DATA_AT = 36;

/** A section of OneNote, by its first bytes. */
export function isOneNote(bytes: Buffer): boolean {
  return bytes.subarray(0, SECTION.length).equals(SECTION);
}

/** Files embedded in a section, found by their mark and not by the tables: those are where tricks would be. */
export function* readOneNote(bytes: Buffer): Generator<Entry> {
  let count = 0;
  for (let at = bytes.indexOf(FILE_DATA); at >= 0; ) {
    const size = at + DATA_AT <= bytes.length ? Number(bytes.readBigUInt64LE(at + 16)) : 0;
    const end = Math.min(at + DATA_AT + size, bytes.length);
    count += 1;
    if (size > 0) yield { name: `embedded-${count}`, content: bytes.subarray(at + DATA_AT, end) };
    at = bytes.indexOf(FILE_DATA, size > 0 ? end : at + FILE_DATA.length);
  }
}
