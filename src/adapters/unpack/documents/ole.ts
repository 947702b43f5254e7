import { boundedName } from '../content-headers.ts';
import { decompress } from '../decompress.ts';
import type { Access } from '../format.ts';
import type { Entry } from '../found.ts';
import { type CompoundStream, readCompoundFile } from './compound-file.ts';
import { compressedRtf } from './compressed-rtf.ts';
import { readOle10Native } from './ole-native.ts';
import { vbaSource } from './vba.ts';

/** Records of PowerPoint that hold an embedded compound file (MS-PPT 2.10.34), packed or not: instance and type. */
const POWERPOINT_OBJECT = { packed: Buffer.from('10001110', 'hex'), plain: Buffer.from('00001110', 'hex') };
const ZLIB_FIRST = 0x78;

/**
 * Every stream of a compound file as a file, and what streams of known kinds wrap: packaged files, macro source, objects
 * of PowerPoint, attachments of Outlook messages. What Office encrypted is reported.
 */
export async function* readOle(bytes: Buffer, access: Access): AsyncGenerator<Entry> {
  const { streams, tooMany } = readCompoundFile(bytes, access.entriesMax);
  const names = attachmentNames(streams);
  for (const { path, content, damaged } of streams) {
    const name = path.map(printable).join('/');
    const kind = printable(path.at(-1) ?? '');
    yield damaged ? { name, content, problem: 'damaged' } : { name: names.get(path) ?? name, content };
    if (isEncrypted(kind, content)) yield { name, problem: 'encrypted' };
    for await (const inner of unwrap(kind, content, access)) yield { ...inner, name: inner.name || name };
  }
  if (tooMany) yield { name: '', problem: 'too-many-files' };
}

async function* unwrap(kind: string, stream: Buffer, access: Access): AsyncGenerator<Entry> {
  if (/^Ole10Native$/i.test(kind)) return yield* readOle10Native(stream);
  if (kind === 'PowerPoint Document') return yield* powerPointObjects(stream, access);
  if (kind === '__substg1.0_10090102') {
    const content = compressedRtf(stream, access.room(stream.length).bytesMax);
    if (content) yield { name: 'body.rtf', content };
    return;
  }
  const source = vbaSource(stream, access.room(stream.length).bytesMax);
  if (source) yield { name: `${kind}.vba`, content: source };
}

async function* powerPointObjects(stream: Buffer, { room }: Access): AsyncGenerator<Entry> {
  for (let at = stream.indexOf(POWERPOINT_OBJECT.packed); at >= 0; ) {
    const data = at + 12;
    let next = at + 4;
    if (stream[data] === ZLIB_FIRST) {
      next = Math.max(next, Math.min(data - 4 + stream.readUInt32LE(at + 4), stream.length));
      const packed = stream.subarray(data, next);
      yield { name: `object-${at}`, ...(await decompress('zlib', packed, room(packed.length), packed.length * 4)) };
    }
    at = stream.indexOf(POWERPOINT_OBJECT.packed, next);
  }
  for (let at = stream.indexOf(POWERPOINT_OBJECT.plain); at >= 0; ) {
    const end = at + 8 <= stream.length ? at + 8 + stream.readUInt32LE(at + 4) : stream.length;
    const content = stream.subarray(at + 8, end);
    const isObject = content.length > 512 && content.readUInt32LE(0) === 0xe011cfd0;
    if (isObject) yield { name: `object-${at}`, content };
    at = stream.indexOf(POWERPOINT_OBJECT.plain, isObject ? Math.min(end, stream.length) : at + 4);
  }
}

/** Where Office says that a document is encrypted: OOXML as a whole, Word in its FIB, Excel by a record, PowerPoint by a token. */
function isEncrypted(kind: string, stream: Buffer): boolean {
  if (kind === 'EncryptedPackage') return true;
  if (kind === 'WordDocument') return stream.length > 12 && (stream.readUInt16LE(10) & 0x100) !== 0;
  if (kind === 'Current User') return stream.length > 16 && stream.readUInt32LE(12) === 0xf3d1c4df;
  return (kind === 'Workbook' || kind === 'Book') && hasFilePass(stream);
}

/** FilePass (MS-XLS 2.4.117) stands right after the first record, or nearly so. */
function hasFilePass(stream: Buffer): boolean {
  for (let at = 0, records = 0; at + 4 <= stream.length && records < 8; records += 1) {
    if (stream.readUInt16LE(at) === 0x2f) return true;
    at += 4 + stream.readUInt16LE(at + 2);
  }
  return false;
}

/** Names of attachments in an Outlook message (MS-OXMSG 2.2.2): the long name stands in a stream beside the data. */
function attachmentNames(streams: readonly CompoundStream[]): Map<readonly string[], string> {
  const byStorage = new Map<string, string>();
  for (const { path, content } of streams) {
    const property = /^__substg1\.0_370[74]00(1[EF])$/i.exec(path.at(-1) ?? '');
    const storage = path.slice(0, -1).join('/');
    const isLong = path.at(-1)?.startsWith('__substg1.0_3707');
    if (!property || (byStorage.has(storage) && !isLong)) continue;
    const text = content.toString(property[1]?.toUpperCase() === '1F' ? 'utf16le' : 'latin1', 0, 512);
    const name = boundedName(text.replaceAll('\0', ''));
    if (name) byStorage.set(storage, name);
  }
  const names = new Map<readonly string[], string>();
  for (const { path } of streams) {
    const name = byStorage.get(path.slice(0, -1).join('/'));
    if (name && path.at(-1) === '__substg1.0_37010102') names.set(path, name);
  }
  return names;
}

/** Names of streams begin with control characters to set them apart. */
function printable(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what they begin with
  return name.replace(/[\x00-\x1f]/g, '');
}
