import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { recordLength, seenOf } from './entry.ts';

/**
 * A file of entries by rising hash, each hash once, that never changes: blocks of records, each with its length and CRC-32
 * before it; behind them the index (of each block its first hash and where it begins); at the very end how many blocks
 * there are and where the index begins.
 */

/** The file is not what was written. */
export class EntryFileDamaged extends Error {
  constructor(file: string, problem: string) {
    super(`${file} is damaged: ${problem}`);
    this.name = 'EntryFileDamaged';
  }
}

/** What a finished file holds. */
export interface EntryFileContent {
  count: number;
  /** Size of the file. */
  bytes: number;
  /** How many entries were last seen when; seconds since 1970. */
  seen: Map<number, number>;
}

export interface EntryFileWriter {
  /** @param record of a higher hash than the one before */
  write(record: Buffer): void;
  /** Writes the end and makes it durable. */
  finish(): EntryFileContent;
  /** Closes the file, finished or not. */
  close(): void;
}

const blockBytes = 256 * 1024;
const blockHeadBytes = 8;
const offsetBytes = 6;
/** Blocks (4), where the index begins (6), its CRC-32 (4). */
const tailBytes = 14;

export function createEntryFile(file: string, hashLength: number): EntryFileWriter {
  const descriptor = openSync(file, 'wx');
  const block = Buffer.allocUnsafe(blockBytes);
  const content: EntryFileContent = { count: 0, bytes: 0, seen: new Map() };
  const index: Buffer[] = [];
  let used = blockHeadBytes;
  const append = (bytes: Buffer) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    content.bytes += bytes.length;
  };
  const flush = () => {
    if (used === blockHeadBytes) return;
    const entry = Buffer.allocUnsafe(hashLength + offsetBytes);
    block.copy(entry, 0, blockHeadBytes, blockHeadBytes + hashLength);
    entry.writeUIntBE(content.bytes, hashLength, offsetBytes);
    index.push(entry);
    block.writeUInt32BE(used - blockHeadBytes, 0);
    block.writeUInt32BE(crc32(block.subarray(blockHeadBytes, used)), 4);
    append(block.subarray(0, used));
    used = blockHeadBytes;
  };
  return {
    write(record) {
      if (used + record.length > blockBytes) flush();
      record.copy(block, used);
      used += record.length;
      content.count++;
      const seen = seenOf(record, hashLength);
      content.seen.set(seen, (content.seen.get(seen) ?? 0) + 1);
    },
    finish() {
      flush();
      const [indexAt, whole] = [content.bytes, Buffer.concat(index)];
      const tail = Buffer.allocUnsafe(tailBytes);
      tail.writeUInt32BE(index.length, 0);
      tail.writeUIntBE(indexAt, 4, offsetBytes);
      tail.writeUInt32BE(crc32(whole), 10);
      append(whole);
      append(tail);
      fsyncSync(descriptor);
      return content;
    },
    close: () => closeSync(descriptor),
  };
}

export interface EntryFileReader {
  /** All records by rising hash. They stay valid. */
  records(): Generator<Buffer>;
  /** The record of one hash. */
  find(hash: Buffer): Buffer | undefined;
  close(): void;
}

/** Opens a file; what is read stays the same when it is removed meanwhile. Throws `EntryFileDamaged`, what the file system throws. */
export function openEntryFile(file: string, hashLength: number): EntryFileReader {
  const descriptor = openSync(file, 'r');
  try {
    const { indexAt, index, blocks } = readIndex(file, descriptor, hashLength);
    const entryBytes = hashLength + offsetBytes;
    const startOf = (block: number) =>
      block < blocks ? index.readUIntBE(block * entryBytes + hashLength, offsetBytes) : indexAt;
    const payload = (block: number) => readBlock(file, descriptor, startOf(block), startOf(block + 1));
    return {
      *records() {
        for (let block = 0; block < blocks; block++) yield* recordsOf(payload(block), hashLength);
      },
      find(hash) {
        let [low, high] = [0, blocks];
        while (low < high) {
          const middle = (low + high) >> 1;
          const first = middle * entryBytes;
          if (hash.compare(index, first, first + hashLength) < 0) high = middle;
          else low = middle + 1;
        }
        if (low === 0) return undefined;
        for (const record of recordsOf(payload(low - 1), hashLength))
          if (hash.compare(record, 0, hashLength) === 0) return record;
        return undefined;
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function* recordsOf(payload: Buffer, hashLength: number): Generator<Buffer> {
  for (let at = 0; at < payload.length; ) {
    const length = recordLength(payload, at, hashLength);
    yield payload.subarray(at, at + length);
    at += length;
  }
}

function readIndex(file: string, descriptor: number, hashLength: number) {
  const { size } = fstatSync(descriptor);
  if (size < tailBytes) throw new EntryFileDamaged(file, 'too short');
  const tail = readAt(file, descriptor, size - tailBytes, tailBytes);
  const [blocks, indexAt] = [tail.readUInt32BE(0), tail.readUIntBE(4, offsetBytes)];
  if (indexAt + blocks * (hashLength + offsetBytes) + tailBytes !== size)
    throw new EntryFileDamaged(file, 'wrong size');
  const index = readAt(file, descriptor, indexAt, size - tailBytes - indexAt);
  if (crc32(index) !== tail.readUInt32BE(10)) throw new EntryFileDamaged(file, 'wrong index');
  return { indexAt, index, blocks };
}

function readBlock(file: string, descriptor: number, start: number, end: number): Buffer {
  const block = readAt(file, descriptor, start, end - start);
  const payload = block.subarray(blockHeadBytes);
  if (block.readUInt32BE(0) !== payload.length || block.readUInt32BE(4) !== crc32(payload))
    throw new EntryFileDamaged(file, `wrong block at ${start}`);
  return payload;
}

function readAt(file: string, descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const read = readSync(descriptor, bytes, done, length - done, position + done);
    if (read === 0) throw new EntryFileDamaged(file, 'cut short');
    done += read;
  }
  return bytes;
}
