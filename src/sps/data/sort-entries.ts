import { closeSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { recordLength } from './entry.ts';

/** Sorts more records than memory holds. */
export interface Sorter {
  /** Copies it. */
  add(record: Buffer): void;
  /** How many were added. */
  count(): number;
  /** All by rising hash, those of the same hash in the order in which they were added. When all are added; then as often as it is needed. */
  sorted(): Generator<Buffer>;
  /** Removes what it has on disk. */
  close(): void;
}

/** How much of it is in memory. */
interface Limits {
  /** Of each bucket, before it goes to disk, bytes. */
  chunkBytes: number;
  /** What is sorted at once. */
  bytesMax: number;
  recordsMax: number;
}

/** 16 MB while records are added, some 200 MB while they are sorted. `recordsMax` has to be below 2^21. */
const usualLimits: Limits = { chunkBytes: 256 * 1024, bytesMax: 128 * 1024 * 1024, recordsMax: 2_000_000 };

interface Bucket {
  chunk: Buffer;
  used: number;
  count: number;
  bytes: number;
  descriptor?: number;
}

const bucketBits = 6;
const buckets = 2 ** bucketBits;

/**
 * Puts records into buckets by the leading bits of their hashes, and sorts one bucket after the other. One that is too large is put into
 * buckets itself, by the next bits: hashes are even, but a list may have been made to be uneven.
 * @param path beginning of the names of the files that it makes
 */
export function createSorter(path: string, hashLength: number, limits = usualLimits, depth = 0): Sorter {
  const all: (Bucket | undefined)[] = Array.from({ length: buckets });
  const fileOf = (number: number) => `${path}-${number}.tmp`;
  let count = 0;
  const closeOne = (number: number) => {
    const bucket = all[number];
    all[number] = undefined;
    if (bucket?.descriptor === undefined) return;
    closeSync(bucket.descriptor);
    rmSync(fileOf(number), { force: true });
  };
  return {
    add(record) {
      const number = leadingBits(record, hashLength, depth);
      let bucket = all[number];
      if (bucket === undefined) {
        bucket = { chunk: Buffer.allocUnsafeSlow(limits.chunkBytes), used: 0, count: 0, bytes: 0 };
        all[number] = bucket;
      }
      if (bucket.used + record.length > bucket.chunk.length) {
        bucket.descriptor ??= openSync(fileOf(number), 'wx+');
        writeAll(bucket.descriptor, bucket.chunk.subarray(0, bucket.used));
        bucket.used = 0;
      }
      record.copy(bucket.chunk, bucket.used);
      bucket.used += record.length;
      bucket.bytes += record.length;
      bucket.count++;
      count++;
    },
    count: () => count,
    *sorted() {
      for (let number = 0; number < buckets; number++) {
        const bucket = all[number];
        if (bucket === undefined) continue;
        if (bucket.count <= limits.recordsMax && bucket.bytes <= limits.bytesMax)
          yield* sortedAtOnce(wholeOf(bucket), bucket.count, hashLength, depth);
        else yield* sortedInParts(bucket, `${path}-${number}`);
      }
    },
    close() {
      for (let number = 0; number < buckets; number++) closeOne(number);
    },
  };

  function* sortedInParts(bucket: Bucket, name: string): Generator<Buffer> {
    // All bits were looked at: it is one hash, again and again.
    if ((depth + 1) * bucketBits >= hashLength * 8) return yield* recordsOf(bucket, hashLength, limits.chunkBytes);
    const parts = createSorter(name, hashLength, limits, depth + 1);
    try {
      for (const record of recordsOf(bucket, hashLength, limits.chunkBytes)) parts.add(record);
      yield* parts.sorted();
    } finally {
      parts.close();
    }
  }
}

/** The bits of a hash that say into which bucket it goes; behind its end there are zeros. */
function leadingBits(record: Buffer, hashLength: number, depth: number): number {
  const bit = depth * bucketBits;
  const byte = bit >> 3;
  const pair = ((record[byte] ?? 0) << 8) | (byte + 1 < hashLength ? (record[byte + 1] ?? 0) : 0);
  return (pair >> (16 - bucketBits - (bit & 7))) & (buckets - 1);
}

/**
 * Sorts numbers that are made of 32 bits of the hash and the place of the record: many times faster than comparing hashes, which only
 * those of the same 32 bits need.
 */
function* sortedAtOnce(bytes: Buffer, count: number, hashLength: number, depth: number): Generator<Buffer> {
  const offsets = new Uint32Array(count + 1);
  const keys = new Float64Array(count);
  // The bits before are the same in all.
  const keyAt = Math.min((depth * bucketBits) >> 3, hashLength - 4);
  for (let index = 0, at = 0; index < count; index++) {
    keys[index] = bytes.readUInt32BE(at + keyAt) * 2 ** 21 + index;
    at += recordLength(bytes, at, hashLength);
    offsets[index + 1] = at;
  }
  keys.sort();
  const record = (key: number) => {
    const index = key % 2 ** 21;
    return bytes.subarray(offsets[index], offsets[index + 1]);
  };
  for (let start = 0; start < count; ) {
    const bits = Math.floor((keys[start] ?? 0) / 2 ** 21);
    let end = start + 1;
    while (end < count && Math.floor((keys[end] ?? 0) / 2 ** 21) === bits) end++;
    if (end === start + 1) yield record(keys[start] ?? 0);
    else {
      const same = Array.from(keys.subarray(start, end), record);
      // Array.prototype.sort is stable.
      yield* same.sort((a, b) => a.compare(b, 0, hashLength, 0, hashLength));
    }
    start = end;
  }
}

function wholeOf({ descriptor, chunk, used, bytes }: Bucket): Buffer {
  const rest = chunk.subarray(0, used);
  if (descriptor === undefined) return rest;
  const whole = Buffer.allocUnsafeSlow(bytes);
  for (let done = 0; done < bytes - used; ) done += readSync(descriptor, whole, done, bytes - used - done, done);
  rest.copy(whole, bytes - used);
  return whole;
}

function* recordsOf({ descriptor, chunk, used }: Bucket, hashLength: number, readBytes: number): Generator<Buffer> {
  if (descriptor !== undefined) {
    const { size } = fstatSync(descriptor);
    let rest = Buffer.alloc(0);
    for (let position = 0; position < size; ) {
      const read = Buffer.allocUnsafeSlow(readBytes);
      const length = readSync(descriptor, read, 0, readBytes, position);
      position += length;
      const bytes = Buffer.concat([rest, read.subarray(0, length)]);
      rest = Buffer.from(bytes.subarray(yield* wholeRecords(bytes, hashLength)));
    }
  }
  yield* wholeRecords(chunk.subarray(0, used), hashLength);
}

/** Returns where the first record begins that is not whole. */
function* wholeRecords(bytes: Buffer, hashLength: number): Generator<Buffer, number> {
  let at = 0;
  while (at + hashLength + 11 <= bytes.length) {
    const end = at + recordLength(bytes, at, hashLength);
    if (end > bytes.length) break;
    yield bytes.subarray(at, end);
    at = end;
  }
  return at;
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}
