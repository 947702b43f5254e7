/** Bytes of the block that a sample is looked for by; no sample is shorter. */
export const BLOCK_BYTES = 64;

/** Any odd number whose powers run long; the same in all pattern files, for ever. */
const BASE = 0x08088405;

/** What the byte that leaves a block weighs: BASE to the power of BLOCK_BYTES, modulo 2^32. */
const LEAVING = powerOfBase(BLOCK_BYTES);

/** The two hashes of a block, each an unsigned number of 32 bits. */
export interface Block {
  /** Rabin-Karp: sum of byte(i) * BASE^(63 - i), modulo 2^32. */
  rolling: number;
  /** FNV-1a. */
  check: number;
}

/** Hashes of `content[at, at + 64)`. */
export function blockAt(content: Uint8Array, at: number): Block {
  return { rolling: firstRolling(content, at) >>> 0, check: checkAt(content, at) };
}

/** Rolling hash of the block at `at`, as a signed number. */
export function firstRolling(content: Uint8Array, at: number): number {
  let rolling = 0;
  for (let i = at; i < at + BLOCK_BYTES; i++) rolling = (Math.imul(rolling, BASE) + (content[i] as number)) | 0;
  return rolling;
}

/** Rolling hash of the block one byte further on. */
export function roll(rolling: number, leaving: number, entering: number): number {
  return (Math.imul(rolling, BASE) + entering - Math.imul(leaving, LEAVING)) | 0;
}

export function checkAt(content: Uint8Array, at: number): number {
  let check = 0x811c9dc5;
  for (let i = at; i < at + BLOCK_BYTES; i++) check = Math.imul(check ^ (content[i] as number), 0x01000193);
  return check >>> 0;
}

function powerOfBase(exponent: number): number {
  let power = 1;
  for (let i = 0; i < exponent; i++) power = Math.imul(power, BASE);
  return power;
}
