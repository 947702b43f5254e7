import type { NamePool } from './name-pool.ts';
import { SignatureIndex } from './signature-index.ts';
import { DIGEST_WORDS, SignatureLine } from './signature-line.ts';
import { SignatureRows } from './signature-rows.ts';

const LINES_PER_STEP = 20_000;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COMMENT = 0x23;

/** A signature file as it was downloaded or stands on disk. */
export interface SignatureFile {
  /** Ends with `.hdb` or `.hsb` (malware) or `.fp` or `.sfp` (allowed). */
  name: string;
  content: Buffer;
}

/** A signature file has a bad line or a name that says nothing: the pattern is refused as a whole. */
export class SignaturesInvalid extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SignaturesInvalid';
  }
}

/** Rows and index of one kind of hash. */
export interface SignatureTable {
  rows: SignatureRows;
  index: SignatureIndex;
}

/** Whether the file holds malware or allowed files, by its name. Throws `SignaturesInvalid`. */
export function isAllowList(name: string): boolean {
  const extension = name.slice(name.lastIndexOf('.')).toLowerCase();
  if (extension === '.hdb' || extension === '.hsb') return false;
  if (extension === '.fp' || extension === '.sfp') return true;
  throw new SignaturesInvalid(`${JSON.stringify(name)} is no .hdb, .hsb, .fp or .sfp file`);
}

/**
 * Reads files into one table for each kind of hash, keyed by its words; in steps of some milliseconds.
 * Names go into the pool. Throws `SignaturesInvalid` with file and line.
 */
export function* readTables(
  files: readonly SignatureFile[],
  names: NamePool,
  signaturesMax: number,
): Generator<void, ReadonlyMap<number, SignatureTable>> {
  const bytes = files.reduce((sum, file) => sum + file.content.length, 0);
  const rows = new Map<number, SignatureRows>();
  for (const words of DIGEST_WORDS) rows.set(words, new SignatureRows(words, rowsIn(bytes, words, signaturesMax)));
  for (const file of files) yield* readFile(file, rows, names, signaturesMax);
  const tables = new Map<number, SignatureTable>();
  for (const [words, kind] of rows) {
    kind.trim();
    tables.set(words, { rows: kind, index: yield* SignatureIndex.build(kind) });
  }
  return tables;
}

function* readFile(
  { name, content }: SignatureFile,
  rows: ReadonlyMap<number, SignatureRows>,
  names: NamePool,
  signaturesMax: number,
): Generator<void> {
  const line = new SignatureLine();
  let signatures = [...rows.values()].reduce((sum, kind) => sum + kind.count, 0);
  for (let start = 0, number = 1; start < content.length; number++) {
    const newline = content.indexOf(NEWLINE, start);
    const next = newline < 0 ? content.length : newline + 1;
    let end = newline < 0 ? content.length : newline;
    if (end > start && content[end - 1] === CARRIAGE_RETURN) end--;
    if (end > start && content[start] !== COMMENT) {
      const problem =
        line.parse(content, start, end) ??
        (++signatures > signaturesMax ? `there are more than ${signaturesMax} signatures` : undefined);
      if (problem !== undefined) throw new SignaturesInvalid(`${JSON.stringify(name)} line ${number}: ${problem}`);
      rows.get(line.digestWords)?.add(line.digest, line.size, names.add(content, line.nameStart, line.nameEnd));
    }
    start = next;
    if (number % LINES_PER_STEP === 0) yield;
  }
}

/** The most rows that so many bytes of text can hold: the hash and at least `:1:n` and a line end. */
function rowsIn(bytes: number, digestWords: number, signaturesMax: number): number {
  return Math.min(Math.ceil(bytes / (digestWords * 8 + 5)), signaturesMax);
}
