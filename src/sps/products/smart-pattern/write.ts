import { rmSync } from 'node:fs';
import { shownName } from '../../data/entry.ts';
import { HashedFile } from '../hashed-file.ts';
import {
  bucketBytesMax,
  bucketOf,
  encodeFooter,
  hashBytes,
  indexBitsMax,
  magic,
  nameBytesMax,
  recordHeadBytes,
  recordsPerBucket,
  SmartPatternInvalid,
  sourcesMax,
} from './format.ts';

/** An entry on its way into a file. */
export interface NewSmartEntry {
  /** SHA-256, 32 bytes. */
  hash: Buffer;
  /** Name of the malware; cut to 255 bytes. */
  name: string;
  source: string;
}

/** What was written. */
export interface WrittenSmartPattern {
  entries: number;
  /** Bytes of the file. */
  size: number;
  /** Of the file, hexadecimal. */
  sha256: string;
  /** Entries of each source. */
  bySource: ReadonlyMap<string, number>;
}

/**
 * Writes a new file, fsynced, from entries sorted by hash without doubles. Holds 16 MB for the index and nothing that grows.
 * @param sources the first of the sources, in an order that stays from version to version: deltas stay small then
 * Throws `SmartPatternInvalid` for entries that are not sorted, or more than 256 sources; nothing is left then.
 */
export function writeSmartPattern(
  path: string,
  entries: Iterable<NewSmartEntry>,
  sources: Iterable<string> = [],
): WrittenSmartPattern {
  const out = new HashedFile(path);
  try {
    const written = writeAll(out, entries, [...sources]);
    out.sync();
    return written;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    out.close();
  }
}

function writeAll(out: HashedFile, entries: Iterable<NewSmartEntry>, sources: string[]): WrittenSmartPattern {
  const numbers = new Map(sources.map((source, number) => [source, number]));
  const counts: number[] = sources.map(() => 0);
  const finest = new Uint32Array(2 ** indexBitsMax);
  const before = Buffer.alloc(hashBytes);
  const record = Buffer.alloc(recordHeadBytes + nameBytesMax);
  let count = 0;
  out.write(magic);
  for (const { hash, name, source } of entries) {
    if (hash.length !== hashBytes) throw new SmartPatternInvalid(`a hash of ${hash.length} bytes`);
    if (count > 0 && before.compare(hash) >= 0) throw new SmartPatternInvalid('the entries are not sorted by hash');
    before.set(hash);
    count++;
    const number = numbers.get(source) ?? numbers.size;
    if (number === numbers.size) numbers.set(source, number);
    counts[number] = (counts[number] ?? 0) + 1;
    const length = fillRecord(record, hash, number, name);
    out.write(record.subarray(0, length));
    const bucket = bucketOf(hash.readUInt32BE(0), indexBitsMax);
    finest[bucket] = (finest[bucket] ?? 0) + length;
  }
  if (numbers.size > sourcesMax) throw new SmartPatternInvalid(`${numbers.size} sources, more than ${sourcesMax}`);
  const recordsBytes = out.size - magic.length;
  const list = Buffer.from(JSON.stringify([...numbers.keys()]));
  out.write(list);
  const indexBits = Math.min(indexBitsMax, Math.max(0, Math.ceil(Math.log2(count / recordsPerBucket))));
  out.write(indexOf(finest, indexBits));
  out.write(encodeFooter({ entries: count, recordsBytes, sourcesBytes: list.length, indexBits }));
  out.write(out.digest());
  const bySource = new Map([...numbers].map(([source, number]) => [source, counts[number] ?? 0]));
  return { entries: count, size: out.size, sha256: out.digest().toString('hex'), bySource };
}

/** Answers its length. A name that only repeats the hash is not written. */
function fillRecord(record: Buffer, hash: Buffer, source: number, name: string): number {
  // Such names all begin alike; to make one for each hash would take long.
  const isOfHash = name.startsWith('Imported.') && name === shownName({ name: '', hash });
  record.set(hash);
  record[hashBytes] = source & 0xff;
  // Writes whole characters only.
  const nameBytes = isOfHash ? 0 : record.write(name, recordHeadBytes, nameBytesMax);
  record[hashBytes + 1] = nameBytes;
  return recordHeadBytes + nameBytes;
}

/** Bytes of each bucket at so many bits. */
function indexOf(finest: Uint32Array, indexBits: number): Buffer {
  const index = Buffer.alloc(4 * 2 ** indexBits);
  const each = 2 ** (indexBitsMax - indexBits);
  for (let bucket = 0; bucket * 4 < index.length; bucket++) {
    let bytes = 0;
    for (let i = bucket * each; i < (bucket + 1) * each; i++) bytes += finest[i] ?? 0;
    if (bytes > bucketBytesMax) throw new SmartPatternInvalid('too many hashes that begin alike');
    index.writeUInt32LE(bytes, bucket * 4);
  }
  return index;
}
