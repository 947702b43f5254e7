import type { SizeSet } from '../../actors/ports/scanning.ts';
import { ANY_SIZE } from './signature-line.ts';
import type { SignatureRows } from './signature-rows.ts';
import { addSize, createSizeSet } from './size-set.ts';

const ROWS_PER_STEP = 50_000;
/** Real hashes stay far below this many steps to a free slot; only made-up ones, or one hash with many sizes, reach it. */
const PROBES_MAX = 1000;

/** Finds rows by digest and size: an open-addressed table of row numbers, and the sizes that occur. */
export class SignatureIndex {
  /** Different signatures: rows without doubles. */
  count = 0;
  /** Of the files that they are for: of another size the hash need not be computed. */
  readonly sizes: SizeSet;
  readonly #rows: SignatureRows;
  /** Row + 1, or 0 for free; two thirds full at most. */
  readonly #slots: Uint32Array;

  private constructor(rows: SignatureRows) {
    this.#rows = rows;
    this.#slots = new Uint32Array(Math.ceil(rows.count * 1.5) + 1);
    this.sizes = createSizeSet(rows.count);
  }

  /** Builds the index in steps of some milliseconds, so that a caller may do other things between. Throws `RangeError`. */
  static *build(rows: SignatureRows): Generator<void, SignatureIndex> {
    const index = new SignatureIndex(rows);
    for (let row = 0; row < rows.count; row++) {
      index.#insert(row);
      if (row % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
    }
    return index;
  }

  /** The row of a file with this digest and size, or -1. */
  find(digest: Uint32Array, size: number): number {
    for (const row of this.#withDigest(digest, 0)) {
      const wanted = this.#rows.sizes[row];
      if (wanted === size || wanted === ANY_SIZE) return row;
    }
    return -1;
  }

  /** How many signatures here an allow list takes out. */
  countCovered(allowed: SignatureRows): number {
    const covered = new Set<number>();
    for (let i = 0; i < allowed.count; i++) {
      const size = allowed.sizes[i];
      for (const row of this.#withDigest(allowed.digests, i * allowed.digestWords)) {
        const own = this.#rows.sizes[row];
        if (size === own || size === ANY_SIZE || own === ANY_SIZE) covered.add(row);
      }
    }
    return covered.size;
  }

  *#withDigest(digests: Uint32Array, at: number): Generator<number> {
    for (let slot = this.#slot(digests, at); this.#slots[slot] !== 0; slot = this.#after(slot)) {
      const row = (this.#slots[slot] as number) - 1;
      if (this.#isDigest(row, digests, at)) yield row;
    }
  }

  #insert(row: number): void {
    const { digests, sizes, digestWords } = this.#rows;
    const at = row * digestWords;
    let slot = this.#slot(digests, at);
    for (let probes = 0; this.#slots[slot] !== 0; slot = this.#after(slot), probes++) {
      if (probes > PROBES_MAX) throw new RangeError('too many signatures with the same or nearly the same hash');
      const other = (this.#slots[slot] as number) - 1;
      if (sizes[other] === sizes[row] && this.#isDigest(other, digests, at)) return;
    }
    this.#slots[slot] = row + 1;
    this.count++;
    const size = sizes[row] as number;
    if (size === ANY_SIZE) this.sizes.any = true;
    else addSize(this.sizes, size);
  }

  #isDigest(row: number, digests: Uint32Array, at: number): boolean {
    const { digestWords } = this.#rows;
    for (let word = 0; word < digestWords; word++) {
      if (this.#rows.digests[row * digestWords + word] !== digests[at + word]) return false;
    }
    return true;
  }

  /** Mixes two words, so that made-up digests in sequence do not cluster. */
  #slot(digests: Uint32Array, at: number): number {
    const last = digests[at + this.#rows.digestWords - 1] as number;
    const mixed = Math.imul((digests[at] as number) ^ Math.imul(last, 0x9e3779b1), 0x85ebca6b) >>> 0;
    return Math.floor((mixed / 2 ** 32) * this.#slots.length);
  }

  #after(slot: number): number {
    return slot + 1 === this.#slots.length ? 0 : slot + 1;
  }
}
