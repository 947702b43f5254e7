import { boundedName } from '../content-headers.ts';
import type { Entry } from '../found.ts';
import { isCompoundFile } from './compound-file.ts';

const COMPOUND = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const STRING_BYTES_MAX = 1024;
/** How far into an object the compound file may start that it is. */
const COMPOUND_WITHIN = 4096;

/** The stream `\1Ole10Native`: its size, then a package, or the data of the program that made it. */
export function* readOle10Native(stream: Buffer): Generator<Entry> {
  if (stream.length < 5) return;
  const inner = stream.subarray(4);
  yield readPackage(inner) ?? { name: 'native', content: inner };
}

/** A file as the Object Packager of Windows wraps it: label, names, size, content. Undefined when it is none. */
export function readPackage(bytes: Buffer): Entry | undefined {
  if (bytes.length < 16 || bytes.readUInt16LE(0) !== 2) return undefined;
  const label = zeroEnded(bytes, 2);
  const source = label && zeroEnded(bytes, label.end);
  if (!source || source.end + 8 > bytes.length) return undefined;
  const pathBytes = bytes.readUInt32LE(source.end + 4);
  const sizeAt = source.end + 8 + pathBytes;
  if (pathBytes > STRING_BYTES_MAX || sizeAt + 4 > bytes.length) return undefined;
  const size = bytes.readUInt32LE(sizeAt);
  const content = bytes.subarray(sizeAt + 4, sizeAt + 4 + size);
  return { name: boundedName(label.text || fileName(source.text)) ?? 'package', content };
}

/** An object of OLE 1 (MS-OLEDS 2.2), as RTF has them: what it embeds, by whatever way it can be found. */
export function* readOle1Object(bytes: Buffer): Generator<Entry> {
  const native = nativeData(bytes);
  if (native) {
    const packaged = readPackage(native.data);
    if (packaged) yield packaged;
    else if (native.data.length > 0) yield { name: boundedName(native.className) ?? 'object', content: native.data };
    if (isCompoundFile(native.data)) return;
  }
  const at = bytes.subarray(0, COMPOUND_WITHIN).indexOf(COMPOUND);
  if (at > 0) yield { name: 'object', content: bytes.subarray(at) };
}

function nativeData(bytes: Buffer): { className: string; data: Buffer } | undefined {
  if (bytes.length < 12) return undefined;
  let at = 8;
  const names: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    if (at + 4 > bytes.length) return undefined;
    const length = bytes.readUInt32LE(at);
    if (length > STRING_BYTES_MAX) return undefined;
    names.push(bytes.toString('latin1', at + 4, at + 4 + Math.max(length - 1, 0)));
    at += 4 + length;
  }
  if (at + 4 > bytes.length) return undefined;
  const size = bytes.readUInt32LE(at);
  return { className: names[0] ?? '', data: bytes.subarray(at + 4, at + 4 + size) };
}

function zeroEnded(bytes: Buffer, from: number): { text: string; end: number } | undefined {
  const zero = bytes.subarray(from, from + STRING_BYTES_MAX).indexOf(0);
  return zero < 0 ? undefined : { text: bytes.toString('latin1', from, from + zero), end: from + zero + 1 };
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1);
}
