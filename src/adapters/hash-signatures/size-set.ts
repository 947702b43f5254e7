import type { SizeSet } from '../../actors/ports/scanning.ts';

/** An empty set. @param countMax sizes that it will hold: with so many, four in five others are told apart */
export function createSizeSet(countMax: number): SizeSet {
  // Shared: it goes to the threads that read messages with each of them, and must not be copied.
  const bytes = 2 ** Math.ceil(Math.log2(Math.max(64, countMax * 2)));
  return { bits: new Uint8Array(new SharedArrayBuffer(bytes)), any: false };
}

/** The size is in the set from now on. */
export function addSize({ bits }: SizeSet, size: number): void {
  const bit = bitOf(bits, size);
  bits[bit >>> 3] = (bits[bit >>> 3] as number) | (1 << (bit & 7));
}

/** False: the size was never added. */
export function mayHaveSize({ bits, any }: SizeSet, size: number): boolean {
  if (any) return true;
  const bit = bitOf(bits, size);
  return ((bits[bit >>> 3] as number) & (1 << (bit & 7))) !== 0;
}

function bitOf(bits: Uint8Array, size: number): number {
  return Math.imul(size, 0x9e3779b1) >>> (Math.clz32(bits.length) - 2);
}
