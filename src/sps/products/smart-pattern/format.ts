/** First bytes of every file. */
export const magic = Buffer.from('SEKISHO-SMART-1\n');
/** Bytes of the fields at the end, with the digest. */
export const footerBytes = 64;
/** Bytes of the digest, the last ones. */
export const digestBytes = 32;
/** Bytes of a hash. */
export const hashBytes = 32;
/** Bytes of a record before its name: hash, number of the source, length of the name. */
export const recordHeadBytes = hashBytes + 2;
/** Longest name, bytes in UTF-8. */
export const nameBytesMax = 255;
/** Most sources; a record has one byte for the number. */
export const sourcesMax = 256;
/** Longest list of sources, bytes. */
export const sourcesBytesMax = 256 * 1024;
/** Finest index: four million beginnings. */
export const indexBitsMax = 22;
/** Wanted records of one bucket: a query reads a fraction of a page and compares little. */
export const recordsPerBucket = 16;
/** Most bytes of one bucket. Reached only by hashes that were made to begin alike. */
export const bucketBytesMax = 16 * 1024 * 1024;

/** A hash that is known as malware. */
export interface SmartEntry {
  /** Lower-case hexadecimal. */
  sha256: string;
  name: string;
  /** Who says so. */
  source: string;
}

/** A file is damaged, or no smart scan pattern at all, or cannot be one; the message says what is wrong. */
export class SmartPatternInvalid extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`smart scan pattern: ${message}`, options);
    this.name = 'SmartPatternInvalid';
  }
}

/** The fields at the end of a file. */
export interface Footer {
  entries: number;
  recordsBytes: number;
  sourcesBytes: number;
  indexBits: number;
}

/** The fields before the digest. */
export function encodeFooter({ entries, recordsBytes, sourcesBytes, indexBits }: Footer): Buffer {
  const fields = Buffer.alloc(footerBytes - digestBytes);
  fields.writeBigUInt64LE(BigInt(entries), 0);
  fields.writeBigUInt64LE(BigInt(recordsBytes), 8);
  fields.writeUInt32LE(sourcesBytes, 16);
  fields.writeUInt32LE(indexBits, 20);
  return fields;
}

/** Reads the last bytes of a file of this size. Throws `SmartPatternInvalid` unless the sizes add up. */
export function decodeFooter(footer: Buffer, fileBytes: number): Footer {
  const entries = Number(footer.readBigUInt64LE(0));
  const recordsBytes = Number(footer.readBigUInt64LE(8));
  const sourcesBytes = footer.readUInt32LE(16);
  const indexBits = footer.readUInt32LE(20);
  if (indexBits > indexBitsMax) throw new SmartPatternInvalid(`an index of ${indexBits} bits`);
  if (sourcesBytes > sourcesBytesMax) throw new SmartPatternInvalid(`${sourcesBytes} bytes of sources`);
  if (footer.readBigUInt64LE(24) !== 0n) throw new SmartPatternInvalid('a field that this program does not know');
  const sum = magic.length + recordsBytes + sourcesBytes + 4 * 2 ** indexBits + footerBytes;
  if (sum !== fileBytes) throw new SmartPatternInvalid(`${fileBytes} bytes where its fields say ${sum}`);
  return { entries, recordsBytes, sourcesBytes, indexBits };
}

/** Which bucket of an index of so many bits a hash is in, by its first four bytes. */
export function bucketOf(firstBytes: number, indexBits: number): number {
  return indexBits === 0 ? 0 : firstBytes >>> (32 - indexBits);
}
