import zlib from 'node:zlib';
import type { Access } from '../../format.ts';
import type { Entry } from '../../found.ts';
import { hasFileSignature, looksLikeFile } from '../file-signatures.ts';
import { openWithoutPassword, type PdfDecryption } from './decryption.ts';
import { addEmbeddedNames } from './embedded-names.ts';
import { filtersOf, undoFilters } from './filters.ts';
import { isArray, isDictionary, isReference, type PdfValue, parsePdfValue } from './objects.ts';
import { PdfFile, type PdfStream } from './streams.ts';

/** Readers take a file for a PDF when this stands within the first kilobyte. */
const MAGIC = '%PDF';
const MAGIC_WITHIN = 1024;
/** Images of more bytes are unpacked only if they begin like a file: scanned pages would cost seconds and pass every limit. */
const IMAGE_BYTES_MAX = 1024 * 1024;
const IMAGE_HEAD_BYTES = 4096;
/** Pages, fonts and images beyond so many are listed only if they begin like a file: books have tens of thousands. */
const DRAWINGS_MAX = 2000;
const FLATE = { name: '/FlateDecode', parameters: new Map<string, PdfValue>() };
const TRAILER_BYTES_MAX = 4096;

export function isPdf(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC_WITHIN).includes(MAGIC);
}

/**
 * Every stream of a PDF with its filters undone, embedded files by their names. Damage is reported of embedded files
 * alone: half of all PDFs have something wrong somewhere, and what no reader can show hides nothing.
 */
export async function* readPdf(bytes: Buffer, access: Access): AsyncGenerator<Entry> {
  const file = new PdfFile(bytes);
  const encryption = encryptionOf(file);
  const locked = encryption === 'encrypted';
  if (locked) yield { name: '', problem: 'encrypted' };
  const decryption = locked ? undefined : encryption;
  const names = new Map<number, string>();
  if (!locked) addEmbeddedNames(bytes, names, decryption?.strings);
  let drawings = 0;
  for (const objectStreams of [true, false]) {
    for (const stream of file.streams()) {
      if ((stream.dictionary.get('/Type') === '/ObjStm') !== objectStreams) continue;
      const entry = await readStream(file, stream, decryption, access);
      if (entry.content && objectStreams) addEmbeddedNames(entry.content, names);
      const embedded = names.has(stream.object) || stream.dictionary.get('/Type') === '/EmbeddedFile';
      // Without the key, every stream is damaged; of drawings, damage says nothing.
      if (entry.problem === 'damaged' && (locked || !embedded)) delete entry.problem;
      const listed = embedded || drawings < DRAWINGS_MAX || (entry.content && hasFileSignature(entry.content));
      if (!listed) delete entry.content;
      else if (!embedded) drawings += 1;
      if (entry.content || entry.problem)
        yield { ...entry, name: names.get(stream.object) ?? `stream-${stream.object}` };
    }
  }
}

async function readStream(
  file: PdfFile,
  stream: PdfStream,
  decryption: PdfDecryption | undefined,
  access: Access,
): Promise<Pick<Entry, 'content' | 'problem'>> {
  const { dictionary, object, generation } = stream;
  const embedded = dictionary.get('/Type') === '/EmbeddedFile';
  const decrypt = embedded ? decryption?.embeddedFiles : decryption?.streams;
  const filters = filtersOf(dictionary, (value) => file.resolve(value));
  // Such streams are never encrypted, and those with a filter of their own for it are so that they are not.
  const clear = dictionary.get('/Type') === '/XRef' || filters[0]?.name === '/Crypt';
  const plain = decrypt && !clear ? decrypt(stream.data, object, generation) : stream.data;
  // What the filter is may stand where it is not looked up.
  if (filters.length === 0 && isZlib(plain)) filters.push(FLATE);
  const isImage = dictionary.get('/Subtype') === '/Image' && filters.length > 0;
  if (isImage && !beginsLikeFile(plain)) {
    const small = { ...access, room: (packedBytes: number) => atMost(access.room(packedBytes), IMAGE_BYTES_MAX) };
    const image = await undoFilters(plain, filters, small);
    return image.content ? image : {};
  }
  const read = await undoFilters(plain, filters, access);
  if (read.content !== undefined || (plain === stream.data && filters[0] !== FLATE)) return read;
  // The file may say that it is encrypted though this stream is not.
  return await undoFilters(stream.data, filters[0] === FLATE ? [] : filters, access);
}

function atMost<T extends { bytesMax: number }>(room: T, bytesMax: number): T {
  return { ...room, bytesMax: Math.min(room.bytesMax, bytesMax) };
}

function isZlib(data: Buffer): boolean {
  return data.length > 8 && data[0] === 0x78 && data.readUInt16BE(0) % 31 === 0;
}

/** Whether the image is something else: as it is, or as it begins when it is unpacked. */
function beginsLikeFile(data: Buffer): boolean {
  if (hasFileSignature(data)) return true;
  try {
    const head = zlib.inflateSync(data.subarray(0, IMAGE_HEAD_BYTES), {
      finishFlush: zlib.constants.Z_SYNC_FLUSH,
      maxOutputLength: 1032 * IMAGE_HEAD_BYTES,
    });
    return looksLikeFile(head);
  } catch {
    return false;
  }
}

/** How to decrypt, 'encrypted' when that takes a password, undefined when the file is not encrypted. */
function encryptionOf(file: PdfFile): PdfDecryption | 'encrypted' | undefined {
  const { bytes } = file;
  let found: 'encrypted' | undefined;
  for (let at = bytes.indexOf('/Encrypt'); at >= 0; at = bytes.indexOf('/Encrypt', at + 8)) {
    const given = parsePdfValue(bytes.toString('latin1', at + 8, at + 8 + TRAILER_BYTES_MAX));
    const encrypt = file.resolve(given);
    if (isDictionary(encrypt) && encrypt.has('/Filter')) {
      const decryption = openWithoutPassword(encrypt, firstId(file));
      if (decryption) return decryption;
      found = 'encrypted';
    } else if (isReference(given) && encrypt === undefined) found = 'encrypted';
  }
  return found;
}

/** First element of `/ID` in a trailer: a part of the key. */
function firstId({ bytes }: PdfFile): Buffer {
  for (let at = bytes.indexOf('/ID'); at >= 0; at = bytes.indexOf('/ID', at + 3)) {
    const id: PdfValue = parsePdfValue(bytes.toString('latin1', at + 3, at + 3 + 512));
    if (isArray(id) && Buffer.isBuffer(id[0])) return id[0];
  }
  return Buffer.alloc(0);
}
