/**
 * The bits of a key, one after the other, exactly as DCSO `bloom` and `flor` choose them:
 *
 *     h = FNV-1 64 of the key, mod M;  each bit: h = (h * G mod 2^64) mod M,  bit = h mod bits
 *
 * with M = 2^64 - 59 and G = 2^64 - 1469. 64-bit numbers are kept as two signed 32-bit halves: integers in V8, where
 * BigInt would allocate for each step. Multiplying by G is multiplying by -1469.
 */
export class Fingerprint {
  readonly #bits: number;
  #hi = 0;
  #lo = 0;

  /** `bits` is at most 2^37: below it every intermediate value of `next` is exact in a double. */
  constructor(bits: number) {
    this.#bits = bits;
  }

  /** Begins with a key. A string stands for its UTF-8 bytes. */
  start(key: string | Uint8Array): void {
    if (typeof key !== 'string') this.#hash(key);
    else if (!this.#hashAscii(key)) this.#hash(Buffer.from(key, 'utf8'));
    if (reduces(this.#hi, this.#lo)) this.#reduce();
  }

  /** The next bit of the key: 0 to bits - 1. */
  next(): number {
    const low = Math.imul(this.#lo & 0xffff, 1469);
    const mid = Math.imul(this.#lo >>> 16, 1469) + (low >>> 16);
    const productHi = (Math.imul(this.#hi, 1469) + (mid >>> 16)) | 0;
    this.#lo = -((mid << 16) | (low & 0xffff)) | 0;
    this.#hi = this.#lo === 0 ? -productHi | 0 : ~productHi;
    if (reduces(this.#hi, this.#lo)) this.#reduce();

    const bits = this.#bits;
    let rest = remainder(this.#hi >>> 0, bits);
    rest = remainder(rest * 0x10000 + (this.#lo >>> 16), bits);
    return remainder(rest * 0x10000 + (this.#lo & 0xffff), bits);
  }

  #reduce(): void {
    this.#hi = 0;
    this.#lo = (this.#lo + 59) | 0;
  }

  #hash(key: Uint8Array): void {
    let hi = OFFSET_HI;
    let lo = OFFSET_LO;
    for (let i = 0; i < key.length; i++) {
      const low = Math.imul(lo & 0xffff, PRIME_LOW);
      const mid = Math.imul(lo >>> 16, PRIME_LOW) + (low >>> 16);
      hi = (Math.imul(hi, PRIME_LOW) + (mid >>> 16) + (lo << 8)) | 0;
      lo = ((mid << 16) | (low & 0xffff)) ^ (key[i] as number);
    }
    this.#hi = hi;
    this.#lo = lo;
  }

  /** Saves the copy into a buffer for the usual key; false when a character is not ASCII. */
  #hashAscii(key: string): boolean {
    let hi = OFFSET_HI;
    let lo = OFFSET_LO;
    let seen = 0;
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      seen |= code;
      const low = Math.imul(lo & 0xffff, PRIME_LOW);
      const mid = Math.imul(lo >>> 16, PRIME_LOW) + (low >>> 16);
      hi = (Math.imul(hi, PRIME_LOW) + (mid >>> 16) + (lo << 8)) | 0;
      lo = ((mid << 16) | (low & 0xffff)) ^ code;
    }
    this.#hi = hi;
    this.#lo = lo;
    return seen < 0x80;
  }
}

/** FNV-1 64: offset basis cbf29ce484222325, prime 2^40 + 0x1b3. */
const OFFSET_HI = 0xcbf29ce4 | 0;
const OFFSET_LO = 0x84222325 | 0;
const PRIME_LOW = 0x1b3;

function reduces(hi: number, lo: number): boolean {
  return hi === -1 && lo >= -59 && lo < 0;
}

/** `value % bits`; V8 would call fmod. A quotient that rounds up shows as a negative rest. */
function remainder(value: number, bits: number): number {
  const rest = value - Math.floor(value / bits) * bits;
  return rest < 0 ? rest + bits : rest;
}
