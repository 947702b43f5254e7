import { Fingerprint } from './fingerprint.ts';
import {
  bitBytes,
  checkHeader,
  dimensions,
  encodeHeader,
  FILTER_BYTES_MAX,
  FilterInvalid,
  HEADER_BYTES,
} from './format.ts';

export interface BuildOptions {
  /** The keys, e.g. SHA-256 in lower-case hexadecimal (D1); doubles are harmless. A string stands for its UTF-8 bytes. */
  keys: Iterable<string | Uint8Array>;
  /** Keys for which the rate holds, 1 or more. More keys than that are refused. */
  capacity: number;
  /** Wanted share of false positives, between 0 and 1; 0.0001 takes 20 bits for each key. */
  falsePositiveRate: number;
  /** Attached to the file as it is. */
  data?: Uint8Array;
  /** Largest file; bytes. Default 1 GiB. */
  bytesMax?: number;
}

/**
 * A filter file that holds every key. The same keys in the same order give the same bytes as DCSO's tools.
 * Throws `FilterInvalid` for absurd values, and when there are more keys than the capacity.
 */
export function buildFilter(options: BuildOptions): Buffer {
  const { keys, capacity, falsePositiveRate, data = new Uint8Array(), bytesMax = FILTER_BYTES_MAX } = options;
  const { bits, hashes } = dimensions(capacity, falsePositiveRate);
  const header = { capacity, falsePositiveRate, hashes, bits, count: 0 };
  checkHeader(header, bytesMax - data.length);
  const dataStart = HEADER_BYTES + bitBytes(bits);
  const file = Buffer.alloc(dataStart + data.length);
  const words = file.subarray(HEADER_BYTES, dataStart);
  const fingerprint = new Fingerprint(bits);
  for (const key of keys) {
    if (add(words, fingerprint, hashes, key)) header.count++;
    if (header.count > capacity) throw new FilterInvalid(`more keys than the capacity of ${capacity}`);
  }
  encodeHeader(file, header);
  file.set(data, dataStart);
  return file;
}

/** Sets the bits of a key; true when one of them was not set before. */
function add(words: Uint8Array, fingerprint: Fingerprint, hashes: number, key: string | Uint8Array): boolean {
  let isNew = false;
  fingerprint.start(key);
  for (let i = 0; i < hashes; i++) {
    const bit = fingerprint.next();
    const at = Math.floor(bit / 8);
    const before = words[at] as number;
    const after = before | (1 << (bit & 7));
    if (after !== before) {
      words[at] = after;
      isNew = true;
    }
  }
  return isNew;
}
