import { bitsHeadBytes, DeltaInvalid, deltaMagic, type Readable, riceBitsMax } from './format.ts';

const pieceBytes = 1024 * 1024;
/** Longest delta, bytes: it is read as a whole, and whoever makes one gives up long before. */
const deltaBytesMax = 512 * 1024 * 1024;

/**
 * Turns the bits of the old file at the positions of the delta; both files have the same size. Gives the new file in pieces
 * of a mebibyte, each worked out only when it is asked for. Throws `DeltaInvalid`.
 */
export async function* decodeBits(old: Readable, delta: Readable): AsyncGenerator<Buffer> {
  if (delta.size < bitsHeadBytes || delta.size > deltaBytesMax) throw new DeltaInvalid(`${delta.size} bytes`);
  const gaps = readGaps(await delta.read(0, delta.size), old.size * 8);
  let next = gaps.next();
  for (let at = 0; at < old.size; at += pieceBytes) {
    const piece = await old.read(at, Math.min(pieceBytes, old.size - at));
    const endBit = (at + piece.length) * 8;
    while (!next.done && next.value < endBit) {
      const index = Math.floor(next.value / 8) - at;
      piece[index] = (piece[index] ?? 0) ^ (1 << (next.value & 7));
      next = gaps.next();
    }
    yield piece;
  }
  // Runs to its end, where it looks for what should not be there.
  if (!next.done) throw new DeltaInvalid('a position beyond the end');
}

/** The positions, rising, each below `bits`. */
function* readGaps(delta: Buffer, bits: number): Generator<number, undefined> {
  if (!delta.subarray(0, deltaMagic.bits.length).equals(deltaMagic.bits)) throw new DeltaInvalid('not of bits');
  const count = Number(delta.readBigUInt64LE(8));
  const parameter = delta[16] ?? 0;
  if (count > bits || parameter > riceBitsMax) throw new DeltaInvalid('absurd numbers');
  const code = new BitReader(delta, bitsHeadBytes);
  const factor = 2 ** parameter;
  let position = -1;
  for (let done = 0; done < count; done++) {
    const quotientMax = Math.floor((bits - position) / factor);
    position += 1 + code.unary(quotientMax) * factor + code.binary(parameter);
    if (position >= bits) throw new DeltaInvalid('a position beyond the end');
    yield position;
  }
  code.end();
}

/** Bits from the highest of each byte on. */
class BitReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, startByte: number) {
    this.#bytes = bytes;
    this.#at = startByte * 8;
  }

  /** Ones before the next zero. */
  unary(max: number): number {
    let count = 0;
    while (this.#bit() === 1) if (++count > max) throw new DeltaInvalid('a position beyond the end');
    return count;
  }

  binary(length: number): number {
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 2 + this.#bit();
    return value;
  }

  /** Nothing but zeros up to the end of this byte, and no byte after it. */
  end(): void {
    while (this.#at % 8 !== 0) if (this.#bit() === 1) throw new DeltaInvalid('more than it says');
    if (this.#at !== this.#bytes.length * 8) throw new DeltaInvalid('more than it says');
  }

  #bit(): number {
    const byte = this.#bytes[Math.floor(this.#at / 8)];
    if (byte === undefined) throw new DeltaInvalid('cut off');
    return (byte >> (7 - (this.#at++ % 8))) & 1;
  }
}
