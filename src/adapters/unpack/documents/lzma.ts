const TOP = 1 << 24;
const PROBABILITY_START = 1024;
const MOVE_BITS = 5;
const STATES = 12;
const POSITION_STATES_MAX = 16;
const MATCH_BYTES_MIN = 2;
const END_MARK = 0xffffffff;

/**
 * Decodes a raw LZMA stream (LZMA specification of the 7-Zip SDK) of `size` bytes, or up to its end mark.
 * `properties`: the byte of lc, lp and pb, and the size of the dictionary, which is not needed: all output is kept.
 * Gives what there is when the stream ends too early or is wrong; undefined when there is nothing.
 */
export function decodeLzma(packed: Buffer, properties: Buffer, size: number): Buffer | undefined {
  const first = properties[0] ?? 255;
  if (first >= 9 * 5 * 5 || packed.length < 5) return undefined;
  const decoder = new LzmaDecoder(packed, { lc: first % 9, lp: Math.floor(first / 9) % 5, pb: Math.floor(first / 45) });
  return decoder.decode(size);
}

class RangeDecoder {
  readonly #bytes: Buffer;
  #at = 5;
  #range = 0xffffffff;
  #code: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#code = bytes.readUInt32BE(1);
  }

  /** More was read than there is. */
  get isOver(): boolean {
    return this.#at > this.#bytes.length + 4;
  }

  bit(probabilities: Uint16Array, index: number): number {
    const probability = probabilities[index] ?? 0;
    const bound = (this.#range >>> 11) * probability;
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[index] = probability + ((2048 - probability) >> MOVE_BITS);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      probabilities[index] = probability - (probability >> MOVE_BITS);
      bit = 1;
    }
    this.#normalize();
    return bit;
  }

  direct(count: number): number {
    let result = 0;
    for (let i = 0; i < count; i += 1) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit) this.#code -= this.#range;
      result = result * 2 + bit;
      this.#normalize();
    }
    return result;
  }

  tree(probabilities: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i += 1) node = (node << 1) | this.bit(probabilities, offset + node);
    return node - (1 << bits);
  }

  reverseTree(probabilities: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i += 1) {
      const bit = this.bit(probabilities, offset + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #normalize(): void {
    if (this.#range >= TOP) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | (this.#bytes[this.#at] ?? 0)) >>> 0;
    this.#at += 1;
  }
}

const probabilities = (count: number) => new Uint16Array(count).fill(PROBABILITY_START);

class LengthDecoder {
  readonly #choice = probabilities(2);
  readonly #low = probabilities(POSITION_STATES_MAX << 3);
  readonly #mid = probabilities(POSITION_STATES_MAX << 3);
  readonly #high = probabilities(256);

  decode(range: RangeDecoder, positionState: number): number {
    if (!range.bit(this.#choice, 0)) return range.tree(this.#low, positionState << 3, 3);
    if (!range.bit(this.#choice, 1)) return 8 + range.tree(this.#mid, positionState << 3, 3);
    return 16 + range.tree(this.#high, 0, 8);
  }
}

class LzmaDecoder {
  readonly #range: RangeDecoder;
  readonly #lc: number;
  readonly #literalMask: number;
  readonly #positionMask: number;
  readonly #literal: Uint16Array;
  readonly #isMatch = probabilities(STATES * POSITION_STATES_MAX);
  readonly #isRep = probabilities(STATES);
  readonly #isRepG0 = probabilities(STATES);
  readonly #isRepG1 = probabilities(STATES);
  readonly #isRepG2 = probabilities(STATES);
  readonly #isRep0Long = probabilities(STATES * POSITION_STATES_MAX);
  readonly #slots = probabilities(4 * 64);
  readonly #special = probabilities(128);
  readonly #align = probabilities(16);
  readonly #length = new LengthDecoder();
  readonly #repLength = new LengthDecoder();
  #out = Buffer.allocUnsafe(64 * 1024);
  #at = 0;
  #state = 0;
  #reps: [number, number, number, number] = [0, 0, 0, 0];

  constructor(packed: Buffer, { lc, lp, pb }: { lc: number; lp: number; pb: number }) {
    this.#range = new RangeDecoder(packed);
    this.#lc = lc;
    this.#literalMask = (1 << lp) - 1;
    this.#positionMask = (1 << pb) - 1;
    this.#literal = probabilities(0x300 << (lc + lp));
  }

  decode(size: number): Buffer | undefined {
    while (this.#at < size && !this.#range.isOver) {
      const positionState = this.#at & this.#positionMask;
      if (!this.#range.bit(this.#isMatch, (this.#state << 4) + positionState)) this.#takeLiteral();
      else {
        const length = this.#matchLength(positionState);
        if (length === undefined || !this.#copy(Math.min(length, size - this.#at))) break;
      }
    }
    return this.#at > 0 ? this.#out.subarray(0, this.#at) : undefined;
  }

  #takeLiteral(): void {
    const before = this.#at > 0 ? (this.#out[this.#at - 1] ?? 0) : 0;
    const offset = 0x300 * (((this.#at & this.#literalMask) << this.#lc) + (before >> (8 - this.#lc)));
    let symbol = 1;
    if (this.#state >= 7) {
      let match = this.#out[this.#at - this.#reps[0] - 1] ?? 0;
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#range.bit(this.#literal, offset + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#range.bit(this.#literal, offset + symbol);
    this.#put(symbol & 255);
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  /** Length of the next match, its distance in `#reps[0]`; undefined at the end mark. */
  #matchLength(positionState: number): number | undefined {
    const state = this.#state;
    const [rep0, rep1, rep2, rep3] = this.#reps;
    if (!this.#range.bit(this.#isRep, state)) {
      const length = this.#length.decode(this.#range, positionState);
      this.#state = state < 7 ? 7 : 10;
      const distance = this.#distance(length);
      this.#reps = [distance, rep0, rep1, rep2];
      return distance === END_MARK ? undefined : length + MATCH_BYTES_MIN;
    }
    if (!this.#range.bit(this.#isRepG0, state)) {
      if (!this.#range.bit(this.#isRep0Long, (state << 4) + positionState)) {
        this.#state = state < 7 ? 9 : 11;
        return 1;
      }
    } else if (!this.#range.bit(this.#isRepG1, state)) this.#reps = [rep1, rep0, rep2, rep3];
    else if (!this.#range.bit(this.#isRepG2, state)) this.#reps = [rep2, rep0, rep1, rep3];
    else this.#reps = [rep3, rep0, rep1, rep2];
    this.#state = state < 7 ? 8 : 11;
    return this.#repLength.decode(this.#range, positionState) + MATCH_BYTES_MIN;
  }

  #distance(length: number): number {
    const slot = this.#range.tree(this.#slots, Math.min(length, 3) << 6, 6);
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** directBits;
    if (slot < 14) return base + this.#range.reverseTree(this.#special, base - slot, directBits);
    return base + this.#range.direct(directBits - 4) * 16 + this.#range.reverseTree(this.#align, 0, 4);
  }

  /** False when it points to before the start. */
  #copy(length: number): boolean {
    const distance = this.#reps[0] + 1;
    if (distance > this.#at) return false;
    for (let i = 0; i < length; i += 1) this.#put(this.#out[this.#at - distance] ?? 0);
    return true;
  }

  #put(byte: number): void {
    if (this.#at === this.#out.length) {
      const larger = Buffer.allocUnsafe(this.#out.length * 2);
      this.#out.copy(larger);
      this.#out = larger;
    }
    this.#out[this.#at++] = byte;
  }
}
