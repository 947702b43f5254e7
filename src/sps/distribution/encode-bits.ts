import { bitsHeadBytes, deltaMagic } from '../protocol/delta/format.ts';
import type { FileReader } from './file-reader.ts';

const pieceBytes = 1024 * 1024;

/**
 * The positions where two files of the same size differ, as gaps in Rice code; nothing when that would take more than
 * `bytesMax`, or when their sizes differ. Reads both files twice and holds no position.
 */
export function encodeBits(old: FileReader, neu: FileReader, bytesMax: number): Buffer | undefined {
  if (old.size !== neu.size) return undefined;
  let count = 0;
  for (const _ of positions(old, neu)) if (++count > bytesMax * 4) return undefined;
  const parameter = riceParameter(count, neu.size * 8);
  // All ones together are no more than the mean gaps that fit.
  const bitsMax = count * (parameter + 1) + Math.ceil((neu.size * 8) / 2 ** parameter);
  const code = new RiceCode(parameter, bitsHeadBytes + Math.ceil(bitsMax / 8));
  let before = -1;
  for (const position of positions(old, neu)) {
    code.add(position - before - 1);
    before = position;
  }
  const delta = code.end();
  if (delta.length > bytesMax) return undefined;
  deltaMagic.bits.copy(delta);
  delta.writeBigUInt64LE(BigInt(count), 8);
  delta[16] = parameter;
  return delta;
}

function* positions(old: FileReader, neu: FileReader): Generator<number> {
  for (let at = 0; at < neu.size; at += pieceBytes) {
    const length = Math.min(pieceBytes, neu.size - at);
    const [before, after] = [old.read(at, length), neu.read(at, length)];
    if (before.equals(after)) continue;
    for (let i = 0; i < length; i++) {
      for (let rest = (before[i] ?? 0) ^ (after[i] ?? 0); rest !== 0; rest &= rest - 1) {
        yield (at + i) * 8 + 31 - Math.clz32(rest & -rest);
      }
    }
  }
}

/** Best for gaps that chance makes: 2^parameter is the mean gap times ln 2. */
function riceParameter(count: number, bits: number): number {
  return count === 0 ? 0 : Math.max(0, Math.round(Math.log2((bits / count) * Math.LN2)));
}

/** Quotient as ones and a zero, remainder in binary; from the highest bit of each byte on. */
class RiceCode {
  readonly #parameter: number;
  readonly #bytes: Buffer;
  #at = bitsHeadBytes * 8;

  constructor(parameter: number, bytesMax: number) {
    this.#parameter = parameter;
    this.#bytes = Buffer.alloc(bytesMax);
  }

  add(value: number): void {
    const factor = 2 ** this.#parameter;
    for (let quotient = Math.floor(value / factor); quotient > 0; quotient--) this.#one();
    this.#at++;
    for (let weight = factor / 2; weight >= 1; weight /= 2) {
      if (Math.floor(value / weight) % 2 === 1) this.#one();
      else this.#at++;
    }
  }

  end(): Buffer {
    return this.#bytes.subarray(0, Math.ceil(this.#at / 8));
  }

  #one(): void {
    const index = Math.floor(this.#at / 8);
    this.#bytes[index] = (this.#bytes[index] ?? 0) | (0x80 >> (this.#at++ % 8));
  }
}
