import { gunzipSync } from 'node:zlib';
import { Fingerprint } from './fingerprint.ts';
import { bitBytes, decodeHeader, FILTER_BYTES_MAX, FilterInvalid, HEADER_BYTES } from './format.ts';

/** A filter that can be asked. It reads from the file's buffer in place: do not write to that. */
export interface Filter {
  /** False: certainly never added. A string stands for its UTF-8 bytes. */
  has(key: string | Uint8Array): boolean;
  /** Keys for which the rate holds. */
  capacity: number;
  /** Share of keys never added for which `has` is true, once the filter is full. */
  falsePositiveRate: number;
  /** Keys that were added. */
  count: number;
  /** What its maker attached; often empty. */
  data: Buffer;
}

export interface ReadOptions {
  /** Largest file, unpacked; bytes. Default 1 GiB. */
  bytesMax?: number;
}

/** Opens a filter file, plain or gzip. Throws `FilterInvalid` when it is damaged, truncated, absurd or too large. */
export function readFilter(file: Buffer, options: ReadOptions = {}): Filter {
  const bytesMax = options.bytesMax ?? FILTER_BYTES_MAX;
  if (!isGzip(file)) return open(file, bytesMax);
  let unpacked: Buffer;
  try {
    unpacked = gunzipSync(file, { maxOutputLength: bytesMax });
  } catch (cause) {
    throw gzipInvalid(cause, bytesMax);
  }
  return open(unpacked, bytesMax);
}

function open(file: Buffer, bytesMax: number): Filter {
  if (file.length > bytesMax) throw new FilterInvalid(`${file.length} bytes are more than the allowed ${bytesMax}`);
  const { capacity, falsePositiveRate, hashes, bits, count } = decodeHeader(file, bytesMax);
  const dataStart = HEADER_BYTES + bitBytes(bits);
  if (file.length < dataStart) {
    throw new FilterInvalid(`truncated: ${file.length} bytes instead of at least ${dataStart}`);
  }
  const words = file.subarray(HEADER_BYTES, dataStart);
  const fingerprint = new Fingerprint(bits);
  const has = (key: string | Uint8Array): boolean => {
    fingerprint.start(key);
    for (let i = 0; i < hashes; i++) {
      const bit = fingerprint.next();
      if (((words[Math.floor(bit / 8)] as number) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  };
  return { has, capacity, falsePositiveRate, count, data: file.subarray(dataStart) };
}

function isGzip(file: Buffer): boolean {
  return file[0] === 0x1f && file[1] === 0x8b;
}

function gzipInvalid(cause: unknown, bytesMax: number): FilterInvalid {
  const tooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
  const why = tooLarge ? `more than ${bytesMax} bytes when unpacked` : `damaged gzip: ${(cause as Error).message}`;
  return new FilterInvalid(why, { cause });
}
