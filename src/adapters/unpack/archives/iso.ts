import type { Format } from '../format.ts';
import { extract } from './seven-zip.ts';

const SECTOR_BYTES = 2048;
const FIRST_DESCRIPTOR = 16;
const DESCRIPTORS_MAX = 32;
const MARK = 'CD001';
const TYPE = { boot: 0, primary: 1, supplementary: 2, partition: 3, end: 255 };

/**
 * ISO 9660 (ECMA-119) with 7-Zip, which shows the tree of Joliet where there is one: so once as it is, and once without
 * it, since the two trees may have different files.
 */
export const iso: Format = {
  name: 'iso',
  recognises: (bytes) => isDescriptor(bytes, FIRST_DESCRIPTOR * SECTOR_BYTES),
  async *read(bytes, access) {
    const { entries } = await extract(bytes, 'Iso', access);
    yield* entries;
    const supplementary = descriptors(bytes).filter((at) => bytes[at] === TYPE.supplementary);
    if (supplementary.length === 0) return;
    const plain = Buffer.from(bytes);
    for (const at of supplementary) plain[at] = TYPE.partition;
    for (const entry of (await extract(plain, 'Iso', access)).entries) {
      const { content } = entry;
      if (content && !entries.some((known) => known.content?.equals(content))) yield { name: entry.name, content };
    }
  },
};

function isDescriptor(bytes: Buffer, at: number): boolean {
  return bytes.length >= at + SECTOR_BYTES && bytes.toString('latin1', at + 1, at + 1 + MARK.length) === MARK;
}

/** Where the volume descriptors are, up to the one that ends them. */
function descriptors(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let index = 0; index < DESCRIPTORS_MAX; index += 1) {
    const at = (FIRST_DESCRIPTOR + index) * SECTOR_BYTES;
    if (!isDescriptor(bytes, at) || bytes[at] === TYPE.end) break;
    found.push(at);
  }
  return found;
}
