import { parseSampleLine, type SampleSignature } from './sample-line.ts';

/** Most samples of one pattern. */
export const SAMPLES_MAX = 200_000;

/** Samples as they go to where messages are read: what is large is shared. */
export interface SampleTable {
  /** Bits of rolling hashes that occur: 32 or more for each sample, so that few places of a file are looked up. */
  bits: Uint8Array;
  /** A rolling hash (mixed) shifted right by this is its bit. */
  shift: number;
  /** Open-addressed by rolling hash: row + 1, or 0 for free; at most half full. */
  slots: Uint32Array;
  /** Of each row: rolling hash, check, size, offset. */
  rows: Uint32Array;
  /** Of each row: 32 bytes. */
  digests: Uint8Array;
  names: readonly string[];
}

/** Numbers of a row in `rows`. */
export const ROW = { rolling: 0, check: 1, size: 2, offset: 3, length: 4 } as const;

/** A `.shs` file has a bad line: the pattern is refused as a whole. */
export class SamplesInvalid extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SamplesInvalid';
  }
}

/** Reads `.shs` files; `#` begins a comment line. Throws `SamplesInvalid` with file and line. */
export function readSamples(files: readonly { name: string; content: Buffer }[]): SampleSignature[] {
  const samples: SampleSignature[] = [];
  for (const { name, content } of files)
    for (const [index, text] of content.toString().split('\n').entries()) {
      const line = text.trimEnd();
      if (line === '' || line.startsWith('#')) continue;
      const sample = parseSampleLine(line);
      const place = `${JSON.stringify(name)} line ${index + 1}`;
      if (sample === undefined) throw new SamplesInvalid(`${place}: expected sha256:size:offset:block:name`);
      if (samples.push(sample) > SAMPLES_MAX) throw new SamplesInvalid(`${place}: more than ${SAMPLES_MAX} samples`);
    }
  return samples;
}

export function tableOf(samples: readonly SampleSignature[]): SampleTable {
  const log2 = Math.max(16, Math.ceil(Math.log2(samples.length * 32)));
  const slotCount = 2 ** Math.ceil(Math.log2(samples.length * 2 + 1));
  const table: SampleTable = {
    bits: new Uint8Array(new SharedArrayBuffer(2 ** (log2 - 3))),
    shift: 32 - log2,
    slots: new Uint32Array(new SharedArrayBuffer(slotCount * 4)),
    rows: new Uint32Array(new SharedArrayBuffer(samples.length * ROW.length * 4)),
    digests: new Uint8Array(new SharedArrayBuffer(samples.length * 32)),
    names: samples.map(({ name }) => name),
  };
  for (const [row, { rolling, check, size, offset, sha256 }] of samples.entries()) {
    table.rows.set([rolling, check, size, offset], row * ROW.length);
    table.digests.set(Buffer.from(sha256, 'hex'), row * 32);
    const bit = mixed(rolling) >>> table.shift;
    table.bits[bit >>> 3] = (table.bits[bit >>> 3] as number) | (1 << (bit & 7));
    let slot = slotOf(rolling, slotCount);
    while (table.slots[slot] !== 0) slot = (slot + 1) & (slotCount - 1);
    table.slots[slot] = row + 1;
  }
  return table;
}

/** Low bits of a rolling hash depend on low bits of the bytes only. */
export function mixed(rolling: number): number {
  return Math.imul(rolling ^ (rolling >>> 15), 0x9e3779b1) >>> 0;
}

/** Where to begin to look for a rolling hash. */
export function slotOf(rolling: number, slotCount: number): number {
  return mixed(rolling) & (slotCount - 1);
}
