import { gzip } from './archives/gzip.ts';
import { tar } from './archives/tar.ts';
import { zip } from './archives/zip.ts';
import { readDocuments } from './documents/documents.ts';
import type { Access, Format } from './format.ts';
import type { Entry } from './found.ts';
import { readUuencoded } from './uuencode.ts';

/** Archives that hide files from us for now, by their first bytes. */
const UNSUPPORTED = [
  '377abcaf271c', // 7z
  '526172211a07', // rar
  'fd377a585a00', // xz
  '425a6839314159265359', // bzip2 with a first block at level 9
  '28b52ffd', // zstandard
  '4d53434600000000', // cabinet
].map((magic) => Buffer.from(magic, 'hex'));

/** All that can be opened. Content that is more than one of them is opened as each. */
const FORMATS: readonly Format[] = [gzip, zip, tar];

/**
 * What the content holds, recognised by what it is and not by its name; nothing when it is no container. Nested
 * mail is not among them: it is walked by `walkMime`.
 */
export async function* openContainer(content: Buffer, access: Access): AsyncGenerator<Entry> {
  const formats = FORMATS.filter((format) => format.recognises(content));
  for (const format of formats) yield* format.read(content, access);
  yield* readDocuments(content, access);
  if (formats.length > 0) return;
  if (UNSUPPORTED.some((magic) => content.subarray(0, magic.length).equals(magic))) {
    yield { name: '', problem: 'unsupported' };
  } else yield* readUuencoded(content);
}
