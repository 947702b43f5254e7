import { statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { lineBytesMax, readLines } from './read-lines.ts';
import { BadLine, parseSignatureLine, type SignatureFormat } from './signature-line.ts';
import { type Added, addSignatures, type NewSignature, type Store, sha256Bytes } from './store.ts';

/** What an import did. */
export interface ImportReport {
  /** Signatures read, by hash. MD5 and SHA-1 go into the local patterns only: a query asks by SHA-256. */
  read: { sha256: number; sha1: number; md5: number };
  /** What is new in each pattern. */
  added: Added;
  /** Lines that were left out. */
  badLines: number;
}

/** How to import. */
export interface ImportOptions {
  /** Into the agent pattern, too. */
  agent: boolean;
  /** Told of each bad line (number from 1). */
  onBadLine?: (line: number, reason: string) => void;
  /** Told now and then, at most once per 100,000 lines. */
  onProgress?: (lines: number, bytesRead: number, bytesTotal: number) => void;
}

/** The file cannot be imported; nothing was changed. */
export class ImportRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ImportRefused';
  }
}

const progressLines = 100_000;
const hashNames = { 16: 'md5', 20: 'sha1', [sha256Bytes]: 'sha256' } as const;

/**
 * Brings a file of signatures (.hsb, .hdb, or .txt with one SHA-256 a line) into the store, in one transaction.
 * Bad lines are told and left out; a file without one good line is refused. Throws `ImportRefused`, `StoreUnusable`.
 */
export function importFile(store: Store, file: string, options: ImportOptions): ImportReport {
  const format = formatOf(file);
  const bytesTotal = sizeOf(file);
  const report = { read: { sha256: 0, sha1: 0, md5: 0 }, badLines: 0 };
  function* signatures(): Generator<NewSignature> {
    for (const { number, text, isCut, bytesRead } of readLines(file)) {
      try {
        if (isCut) throw new BadLine(`longer than ${lineBytesMax} bytes`);
        const signature = parseSignatureLine(text, format);
        if (signature) {
          report.read[hashNames[signature.hash.length as keyof typeof hashNames]]++;
          yield { ...signature, agent: options.agent };
        }
      } catch (error) {
        if (!(error instanceof BadLine)) throw error;
        report.badLines++;
        options.onBadLine?.(number, error.message);
      }
      if (number % progressLines === 0) options.onProgress?.(number, bytesRead, bytesTotal);
    }
    const { sha256, sha1, md5 } = report.read;
    if (sha256 + sha1 + md5 === 0) throw new ImportRefused(nothingIn(file, report.badLines));
  }
  const added = addSignatures(store, basename(file), signatures());
  return { ...report, added };
}

function formatOf(file: string): SignatureFormat {
  const ending = extname(file).slice(1).toLowerCase();
  if (ending === 'hsb' || ending === 'hdb' || ending === 'txt') return ending;
  throw new ImportRefused(`${file}: the name must end in .hsb, .hdb or .txt`);
}

function sizeOf(file: string): number {
  try {
    const found = statSync(file);
    if (found.isDirectory()) throw new ImportRefused(`${file} is a folder`);
    return found.size;
  } catch (error) {
    if (error instanceof ImportRefused) throw error;
    throw new ImportRefused(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function nothingIn(file: string, badLines: number): string {
  return `${file} holds no valid signature${badLines > 0 ? `; ${badLines} bad lines` : ''}. Nothing was changed`;
}
