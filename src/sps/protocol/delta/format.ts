/** First bytes of a delta by its method. */
export const deltaMagic = { bits: Buffer.from('SKBITS1\n'), zstd: Buffer.from('SKZSTD1\n') } as const;

/** `bits`: magic, count of positions (8 bytes), parameter of the Rice code (1 byte); numbers are little endian. */
export const bitsHeadBytes = 17;
/** Largest parameter: gaps of a file of 8 GiB have 36 bits. */
export const riceBitsMax = 36;

/** `zstd`, before each block: where the dictionary begins in the old file (8 bytes), its length, length of what comes out, length of the frame (4 bytes each). */
export const blockHeadBytes = 20;
/** New bytes of one block. */
export const blockBytesMax = 2 * 1024 * 1024;
/** Bytes of the old file that a block may refer to. */
export const dictionaryBytesMax = 4 * 1024 * 1024;
/** Longest frame, bytes: incompressible bytes with zstd's own around them. */
export const frameBytesMax = blockBytesMax + 16 * 1024;
/** Window of the frames, as a power of two: what whoever unpacks needs at most. */
export const windowBits = 23;

/** A delta is damaged, or was made to be; the message says what is wrong. */
export class DeltaInvalid extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`delta: ${message}`, options);
    this.name = 'DeltaInvalid';
  }
}

/** Reads so many bytes of a file, or throws. */
export type ReadBytes = (at: number, length: number) => Promise<Buffer>;

/** A file as a decoder needs it. */
export interface Readable {
  size: number;
  read: ReadBytes;
}
