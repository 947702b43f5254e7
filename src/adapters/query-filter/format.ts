/** Bytes before the bits: six fields of 8 bytes. */
export const HEADER_BYTES = 48;
/** A filter file, unpacked, may have so many bytes (1 GiB) unless the caller says otherwise. */
export const FILTER_BYTES_MAX = 2 ** 30;
/** Hash functions; 64 is a false positive rate below 1e-19. */
export const HASHES_MAX = 64;
/** Bits of a filter: where the arithmetic of `fingerprint.ts` ends (16 GiB). */
export const BITS_MAX = 2 ** 37;

const VERSION = 1;

/** The fields of a filter file. Source: DCSO `bloom`, function `Read`. */
export interface FilterHeader {
  /** n: keys for which the false positive rate holds. */
  capacity: number;
  /** p: wanted false positive rate, between 0 and 1. */
  falsePositiveRate: number;
  /** k: bits for each key. */
  hashes: number;
  /** m: bits of the filter. */
  bits: number;
  /** N: keys that were added (only those that set a new bit count). */
  count: number;
}

/** A filter file is damaged or absurd, or a filter as wanted cannot be built. */
export class FilterInvalid extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`query filter: ${message}`, options);
    this.name = 'FilterInvalid';
  }
}

/** Bytes that the bits take: whole 64-bit words. */
export function bitBytes(bits: number): number {
  return Math.ceil(bits / 64) * 8;
}

/**
 * Bits and hashes for a capacity and a rate, by the formula that every implementation of the format uses,
 * so that the same keys give the same file.
 */
export function dimensions(capacity: number, falsePositiveRate: number): { bits: number; hashes: number } {
  const bits = Math.abs(Math.ceil((capacity * Math.log(falsePositiveRate)) / Math.log(2) ** 2));
  return { bits, hashes: Math.ceil((Math.log(2) * bits) / capacity) };
}

/** Throws `FilterInvalid` unless each field makes sense and the file stays within `bytesMax`. */
export function checkHeader(header: FilterHeader, bytesMax: number): void {
  const { capacity, falsePositiveRate, hashes, bits, count } = header;
  whole('capacity', capacity, 1, Number.MAX_SAFE_INTEGER);
  if (!(falsePositiveRate > 0 && falsePositiveRate < 1)) {
    throw new FilterInvalid(`false positive rate ${falsePositiveRate} is not between 0 and 1`);
  }
  whole('number of bits', bits, 1, BITS_MAX);
  whole('number of hashes', hashes, 1, HASHES_MAX);
  whole('count', count, 0, Number.MAX_SAFE_INTEGER);
  const bytes = HEADER_BYTES + bitBytes(bits);
  if (bytes > bytesMax) throw new FilterInvalid(`${bytes} bytes are more than the allowed ${bytesMax}`);
}

/** Reads and checks the header of an unpacked file; throws `FilterInvalid`. */
export function decodeHeader(file: Buffer, bytesMax: number): FilterHeader {
  if (file.length < HEADER_BYTES) throw new FilterInvalid(`${file.length} bytes are too few for a header`);
  const version = file.readUInt8(0);
  if (version !== VERSION) throw new FilterInvalid(`version ${version} is not ${VERSION}`);
  const header = {
    capacity: integer(file, 8),
    falsePositiveRate: file.readDoubleLE(16),
    hashes: integer(file, 24),
    bits: integer(file, 32),
    count: integer(file, 40),
  };
  checkHeader(header, bytesMax);
  return header;
}

/** Writes the header to the start of the file. */
export function encodeHeader(file: Buffer, header: FilterHeader): void {
  file.writeBigUInt64LE(BigInt(VERSION), 0);
  file.writeBigUInt64LE(BigInt(header.capacity), 8);
  file.writeDoubleLE(header.falsePositiveRate, 16);
  file.writeBigUInt64LE(BigInt(header.hashes), 24);
  file.writeBigUInt64LE(BigInt(header.bits), 32);
  file.writeBigUInt64LE(BigInt(header.count), 40);
}

function integer(file: Buffer, offset: number): number {
  return Number(file.readBigUInt64LE(offset));
}

function whole(what: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new FilterInvalid(`${what} ${value} is not a whole number from ${min} to ${max}`);
  }
}
