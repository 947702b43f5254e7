/** What a block unpacked to went over the limit. */
export class TooLarge extends Error {}

/** Memory that grows with what is unpacked, up to a limit; later blocks may repeat what earlier ones gave. */
export class Output {
  readonly #bytesMax: number;
  #memory: Buffer;
  #size = 0;

  constructor(bytesMax: number, expected: number) {
    this.#bytesMax = bytesMax;
    this.#memory = Buffer.allocUnsafeSlow(Math.max(0, Math.min(bytesMax, expected)));
  }

  get size(): number {
    return this.#size;
  }

  content(): Buffer {
    return this.#memory.subarray(0, this.#size);
  }

  append(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#memory, this.#size);
    this.#size += bytes.length;
  }

  /** Repeats `length` bytes from `distance` before the end; they may overlap with what comes of it. */
  repeat(distance: number, length: number): void {
    this.#reserve(length);
    const start = this.#size - distance;
    for (let done = 0; done < length; ) {
      const count = Math.min(length - done, distance + done);
      this.#memory.copyWithin(this.#size + done, start, start + count);
      done += count;
    }
    this.#size += length;
  }

  #reserve(bytes: number): void {
    const size = this.#size + bytes;
    if (size <= this.#memory.length) return;
    if (size > this.#bytesMax) throw new TooLarge();
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#bytesMax, Math.max(size, this.#memory.length * 2)));
    this.#memory.copy(larger, 0, 0, this.#size);
    this.#memory = larger;
  }
}

const MATCH_MIN = 4;

/** Unpacks an LZ4 block; false when it is damaged, with what came before it in `out`. Throws `TooLarge`. */
export function unpackBlock(block: Buffer, out: Output): boolean {
  let at = 0;
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble < 15) return total;
    for (let byte = 255; byte === 255 && at < block.length; at += 1) {
      byte = block[at] ?? 0;
      total += byte;
    }
    return total;
  };
  while (at < block.length) {
    const token = block[at] ?? 0;
    at += 1;
    const literals = length(token >> 4);
    if (literals > 0) out.append(block.subarray(at, at + literals));
    at += literals;
    // The last sequence has no match.
    if (at >= block.length) return at === block.length;
    if (at + 2 > block.length) return false;
    const distance = block.readUInt16LE(at);
    at += 2;
    if (distance === 0 || distance > out.size) return false;
    out.repeat(distance, MATCH_MIN + length(token & 15));
  }
  return true;
}
