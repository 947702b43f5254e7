import type { Entry, Room } from './found.ts';
import { isGzip, readGzip } from './gzip.ts';
import { isTar, readTar } from './tar.ts';
import { readUuencoded } from './uuencode.ts';
import { isZip, readZip } from './zip.ts';

/** Archives that hide files from us for now, by their first bytes. */
const UNSUPPORTED = [
  '377abcaf271c', // 7z
  '526172211a07', // rar
  'fd377a585a00', // xz
  '425a6839314159265359', // bzip2 with a first block at level 9
  '28b52ffd', // zstandard
  '4d53434600000000', // cabinet
].map((magic) => Buffer.from(magic, 'hex'));

/** What a reader of containers may use. */
export interface Access {
  /** How much content may come out of so many packed bytes. */
  room(packedBytes: number): Room;
  entriesMax: number;
}

/**
 * What the content holds, recognised by what it is and not by its name; undefined when it is no container. Nested
 * mail is not among them: it is walked by `walkMime`.
 */
export async function* openContainer(content: Buffer, access: Access): AsyncGenerator<Entry> {
  if (isGzip(content)) yield await readGzip(content, access.room);
  else if (isZip(content)) yield* readZip(content, access.room, access.entriesMax);
  else if (isTar(content)) yield* readTar(content);
  else if (UNSUPPORTED.some((magic) => content.subarray(0, magic.length).equals(magic))) {
    yield { name: '', problem: 'unsupported' };
  } else yield* readUuencoded(content);
}
