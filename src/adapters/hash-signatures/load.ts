import { setImmediate } from 'node:timers/promises';
import type { PatternSet } from '../../actors/ports/scanning.ts';
import { createMatch, wishedDigests } from './match.ts';
import { NamePool } from './name-pool.ts';
import {
  isAllowList,
  readTables,
  type SignatureFile,
  SignaturesInvalid,
  type SignatureTable,
} from './pattern-files.ts';

/** Signatures of one pattern, all kinds and files together, unless the caller says otherwise. */
export const SIGNATURES_MAX = 20_000_000;

/** Text of one pattern, all files together, bytes (1 GiB), unless the caller says otherwise. */
export const PATTERN_BYTES_MAX = 2 ** 30;

export interface LoadOptions {
  /** Most bytes in all files together; at most 4 GiB. Default 1 GiB. */
  patternBytesMax?: number;
  /** Most signatures in all files together. Default 20 million. */
  signaturesMax?: number;
}

/**
 * Loads ClamAV-format signature files into a pattern set, without a break: for small sets, tools and tests.
 * Throws `SignaturesInvalid` with file and line; a pattern with one bad line is refused as a whole.
 */
export function loadSignatures(
  files: readonly SignatureFile[],
  version: string,
  checkedAtMs: number,
  options: LoadOptions = {},
): PatternSet {
  const steps = load(files, version, checkedAtMs, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same in steps of some milliseconds, between which mail goes on. */
export async function loadSignaturesInSteps(
  files: readonly SignatureFile[],
  version: string,
  checkedAtMs: number,
  options: LoadOptions = {},
): Promise<PatternSet> {
  const steps = load(files, version, checkedAtMs, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

function* load(
  files: readonly SignatureFile[],
  version: string,
  checkedAtMs: number,
  { signaturesMax = SIGNATURES_MAX, patternBytesMax = PATTERN_BYTES_MAX }: LoadOptions,
): Generator<void, PatternSet> {
  const bytes = files.reduce((sum, file) => sum + file.content.length, 0);
  if (bytes > patternBytesMax) {
    throw new SignaturesInvalid(`${bytes} bytes of signatures are more than the allowed ${patternBytesMax}`);
  }
  const allowLists = files.filter((file) => isAllowList(file.name));
  const signatureFiles = files.filter((file) => !isAllowList(file.name));
  try {
    const names = new NamePool(bytes);
    const malware = yield* readTables(signatureFiles, names, signaturesMax);
    names.trim();
    const allowed = yield* readTables(allowLists, new NamePool(bytes), signaturesMax);
    return {
      version,
      checkedAtMs,
      entries: countMatching(malware, allowed),
      digests: wishedDigests(malware, allowed),
      match: createMatch(malware, allowed, names),
    };
  } catch (cause) {
    if (cause instanceof RangeError) throw new SignaturesInvalid(cause.message, { cause });
    throw cause;
  }
}

function countMatching(
  malware: ReadonlyMap<number, SignatureTable>,
  allowed: ReadonlyMap<number, SignatureTable>,
): number {
  let entries = 0;
  for (const [words, { index }] of malware) {
    const allowedRows = allowed.get(words)?.rows;
    entries += index.count - (allowedRows ? index.countCovered(allowedRows) : 0);
  }
  return entries;
}
