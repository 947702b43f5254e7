import { BLOCK_BYTES, type Block } from './block.ts';

/** A sample of malware, by what it is looked for. */
export interface SampleSignature extends Block {
  /** Of the sample, lower-case hexadecimal. */
  sha256: string;
  /** Bytes; at least those of a block, at most `SAMPLE_BYTES_MAX`. */
  size: number;
  /** Where its block begins in it. */
  offset: number;
  /** Of the malware. */
  name: string;
}

/** Largest sample, bytes (100 MiB). */
export const SAMPLE_BYTES_MAX = 100 * 2 ** 20;

const LINE =
  /^([0-9a-f]{64}):([1-9]\d{0,9}):(0|[1-9]\d{0,9}):([0-9a-f]{8})([0-9a-f]{8}):([^:\p{Cc}\u{fffd}]{1,255})$/iu;

/** Reads `SHA256:SIZE:OFFSET:BLOCK:NAME`; undefined for what is none. */
export function parseSampleLine(line: string): SampleSignature | undefined {
  const [, sha256 = '', size, offset, rolling, check, name = ''] = LINE.exec(line) ?? [];
  if (name === '') return undefined;
  const signature = {
    ...{ sha256: sha256.toLowerCase(), size: Number(size), offset: Number(offset), name },
    ...{ rolling: Number(`0x${rolling}`), check: Number(`0x${check}`) },
  };
  const fits = signature.size <= SAMPLE_BYTES_MAX && signature.offset + BLOCK_BYTES <= signature.size;
  return fits ? signature : undefined;
}

export function formatSampleLine({ sha256, size, offset, rolling, check, name }: SampleSignature): string {
  return `${sha256}:${size}:${offset}:${hex(rolling)}${hex(check)}:${name}\n`;
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0');
}
