import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
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
  hash: Uint8Array;
  /** Name of the malware; cut to 255 bytes. Empty: that of the source. */
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

const writeBytes = 1024 * 1024;

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
  const out = new HashedOutput(path);
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

function writeAll(out: HashedOutput, entries: Iterable<NewSmartEntry>, sources: string[]): WrittenSmartPattern {
  const numbers = new Map(sources.map((source, number) => [source, number]));
  const counts: number[] = sources.map(() => 0);
  const finest = new Uint32Array(2 ** indexBitsMax);
  const before = Buffer.alloc(hashBytes);
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
    const bucket = bucketOf(before.readUInt32BE(0), indexBitsMax);
    finest[bucket] = (finest[bucket] ?? 0) + out.writeRecord(before, number, name === source ? '' : name);
  }
  if (numbers.size > sourcesMax) throw new SmartPatternInvalid(`${numbers.size} sources, more than ${sourcesMax}`);
  const recordsBytes = out.size - magic.length;
  const list = Buffer.from(JSON.stringify([...numbers.keys()]));
  out.write(list);
  const indexBits = Math.min(indexBitsMax, Math.max(0, Math.ceil(Math.log2(count / recordsPerBucket))));
  out.write(indexOf(finest, indexBits));
  const sha256 = out.end(encodeFooter({ entries: count, recordsBytes, sourcesBytes: list.length, indexBits }));
  const bySource = new Map([...numbers].map(([source, number]) => [source, counts[number] ?? 0]));
  return { entries: count, size: out.size, sha256, bySource };
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

/** A file that is digested as it is written. */
class HashedOutput {
  readonly #file: number;
  readonly #digest = createHash('sha256');
  readonly #buffer = Buffer.allocUnsafe(writeBytes + recordHeadBytes + nameBytesMax);
  #filled = 0;
  size = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'wx');
  }

  /** Answers its length. */
  writeRecord(hash: Uint8Array, source: number, name: string): number {
    const start = this.#filled;
    this.#buffer.set(hash, start);
    this.#buffer[start + hashBytes] = source & 0xff;
    // Writes whole characters only.
    const nameBytes = this.#buffer.write(name, start + recordHeadBytes, nameBytesMax);
    this.#buffer[start + hashBytes + 1] = nameBytes;
    const length = recordHeadBytes + nameBytes;
    this.#filled += length;
    this.size += length;
    if (this.#filled >= writeBytes) this.#flush();
    return length;
  }

  write(bytes: Uint8Array): void {
    this.#flush();
    this.#put(bytes);
    this.size += bytes.length;
  }

  /** Writes the last fields and the digest of everything; answers the digest of the file. */
  end(fields: Buffer): string {
    this.write(fields);
    this.write(this.#digest.copy().digest());
    return this.#digest.digest('hex');
  }

  sync(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #flush(): void {
    if (this.#filled > 0) this.#put(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #put(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
  }
}
