import type { Format } from '../format.ts';
import { extract } from './seven-zip.ts';

const MAGIC = Buffer.from('LZIP\x01', 'latin1');
const HEADER_BYTES = 6;
const TRAILER_BYTES = 20;
/** Those of LZMA in lzip: lc=3, lp=0, pb=2. */
const PROPERTIES = 0x5d;
/** More members are joined to one content by hand only. */
const MEMBERS_MAX = 1000;

/** Lzip (format of 1.23): each member is the LZMA stream of 7-Zip in other clothes. */
export const lzip: Format = {
  name: 'lzip',
  recognises: (bytes) => bytes.length > HEADER_BYTES + TRAILER_BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC),
  async *read(bytes, access) {
    const contents: Buffer[] = [];
    const members = membersOf(bytes);
    for (const member of members.parts) {
      const { entries } = await extract(asLzma(member), 'lzma', {
        ...access,
        bytesLeft: () => access.bytesLeft() - contents.reduce((total, { length }) => total + length, 0),
      });
      for (const { content, problem } of entries) {
        if (content) contents.push(content);
        if (problem) yield { name: '', problem };
      }
    }
    const content = contents.length === 1 ? contents[0] : Buffer.concat(contents);
    if (content?.length) yield { name: '', content };
    if (!members.whole) yield { name: '', problem: 'damaged' };
  },
};

/** From the end, where each says how long it is; all as one member, where that leads nowhere. */
function membersOf(bytes: Buffer): { parts: Buffer[]; whole: boolean } {
  const parts: Buffer[] = [];
  let end = bytes.length;
  while (end > 0 && parts.length < MEMBERS_MAX) {
    const size = end >= HEADER_BYTES + TRAILER_BYTES ? bytes.readBigUInt64LE(end - 8) : 0n;
    const start = end - Number(size);
    if (size === 0n || start < 0 || !bytes.subarray(start, start + MAGIC.length).equals(MAGIC)) break;
    parts.unshift(bytes.subarray(start, end));
    end = start;
  }
  return end === 0 ? { parts, whole: true } : { parts: [bytes], whole: false };
}

function asLzma(member: Buffer): Buffer {
  const header = Buffer.alloc(13, 255);
  const coded = member[5] ?? 0;
  const base = 2 ** (coded & 31);
  header[0] = PROPERTIES;
  header.writeUInt32LE(Math.min(0x20000000, Math.max(4096, base - (base / 16) * (coded >> 5))), 1);
  return Buffer.concat([header, member.subarray(HEADER_BYTES, member.length - TRAILER_BYTES)]);
}
