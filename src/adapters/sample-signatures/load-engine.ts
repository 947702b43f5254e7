import { createHash } from 'node:crypto';
import { type ContentEngine, NotMatched } from '../../actors/ports/scanning.ts';
import { BLOCK_BYTES, checkAt, firstRolling, roll } from './block.ts';
import { mixed, ROW, type SampleTable, slotOf } from './sample-table.ts';

/** `ContentPattern.engine`. */
export const SAMPLES_ENGINE = 'samples';

/** Bytes that may be hashed for one content: so many times its own, and some more for small ones. */
const HASHED_TIMES_MAX = 8;
const HASHED_BYTES_MIN = 16 * 2 ** 20;

/** Places of one content where blocks are compared; as the bytes hashed, but for samples that reach over the end. */
const COMPARED_MIN = 100_000;

/** Looks for samples in contents. @param data a `SampleTable` */
export function loadSamplesEngine(data: unknown): ContentEngine {
  const table = data as SampleTable;
  return { match: (content) => new Search(table, content).run() };
}

/** One pass over one content. */
class Search {
  readonly #table: SampleTable;
  readonly #content: Uint8Array;
  readonly #found = new Set<number>();
  #hashedLeft: number;
  #comparedLeft: number;

  constructor(table: SampleTable, content: Uint8Array) {
    this.#table = table;
    this.#content = content;
    this.#hashedLeft = Math.max(HASHED_BYTES_MIN, content.length * HASHED_TIMES_MAX);
    this.#comparedLeft = Math.max(COMPARED_MIN, content.length);
  }

  /** Names of the samples that are in it. Throws `NotMatched` when it was made to be slow. */
  run(): string[] {
    const content = this.#content;
    const { bits, shift } = this.#table;
    const last = content.length - BLOCK_BYTES;
    if (last < 0) return [];
    for (let at = 0, rolling = firstRolling(content, 0); ; at++) {
      const bit = mixed(rolling) >>> shift;
      if (((bits[bit >>> 3] as number) & (1 << (bit & 7))) !== 0) this.#lookUp(rolling >>> 0, at);
      if (at === last) break;
      rolling = roll(rolling, content[at] as number, content[at + BLOCK_BYTES] as number);
    }
    return [...new Set([...this.#found].map((row) => this.#table.names[row] ?? 'Malware'))];
  }

  #lookUp(rolling: number, at: number): void {
    const { slots, rows } = this.#table;
    let check: number | undefined;
    for (let slot = slotOf(rolling, slots.length); slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      const row = (slots[slot] as number) - 1;
      if (--this.#comparedLeft < 0) throw new NotMatched('too-slow');
      if (rows[row * ROW.length + ROW.rolling] !== rolling) continue;
      check ??= checkAt(this.#content, at);
      if (rows[row * ROW.length + ROW.check] === check && !this.#found.has(row)) this.#verify(row, at);
    }
  }

  #verify(row: number, at: number): void {
    const { rows, digests } = this.#table;
    const start = at - (rows[row * ROW.length + ROW.offset] as number);
    const size = rows[row * ROW.length + ROW.size] as number;
    if (start < 0 || start + size > this.#content.length) return;
    this.#hashedLeft -= size;
    if (this.#hashedLeft < 0) throw new NotMatched('too-slow');
    const digest = createHash('sha256')
      .update(this.#content.subarray(start, start + size))
      .digest();
    if (digest.equals(digests.subarray(row * 32, (row + 1) * 32))) this.#found.add(row);
  }
}
