import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { buildFilter } from '../../adapters/query-filter/build.ts';
import { formatSignatureLine } from '../data/signature-line.ts';
import { newestImport, openStore, type Piece, pieces, sha256Bytes } from '../data/store.ts';
import type { PatternFile } from '../protocol/protocol.ts';

/** A product that clients download, made of files. */
export interface Product {
  /** `<import that last touched it>-<start of the SHA-256 of its content>`: equal only for equal content. */
  version: string;
  files: PatternFile[];
}

/** One published version of everything: answers, filter and patterns belong together. */
export interface Publication {
  /** Answers know what was imported up to here. */
  importVersion: number;
  patternId: string;
  falsePositiveRate: number;
  /** Where the files are. */
  directory: string;
  filter: Product;
  agent: Product;
  conventional: Product;
}

/** What to build a publication of. */
export interface BuildProductsOptions {
  /** Folder of the SPS, with the store in it. */
  folder: string;
  patternId: string;
  /** Of the query filter, between 0 and 1. */
  falsePositiveRate: number;
}

/** Folder of the published files in an SPS folder. */
export function productsFolder(folder: string): string {
  return join(folder, 'products');
}

/**
 * Builds filter and patterns from one snapshot of the store into a new folder, fsynced. Publishes nothing by itself.
 * Takes seconds for millions of signatures: runs in a worker thread (`products-worker.ts`).
 */
export function buildProducts(options: BuildProductsOptions): Publication {
  const { folder, patternId, falsePositiveRate } = options;
  mkdirSync(productsFolder(folder), { recursive: true });
  const directory = mkdtempSync(join(productsFolder(folder), 'build-'));
  const store = openStore(folder, () => []);
  try {
    const { database } = store;
    database.exec('BEGIN');
    const importVersion = newestImport(database);
    const agent = buildPattern(database, directory, 'agent');
    const conventional = buildPattern(database, directory, 'conventional');
    const filter = buildFilterFile(database, directory, falsePositiveRate);
    sync(directory);
    return { importVersion, patternId, falsePositiveRate, directory, filter, agent, conventional };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  } finally {
    store.close();
  }
}

function buildFilterFile(database: DatabaseSync, directory: string, falsePositiveRate: number): Product {
  const count = Number(database.prepare('SELECT total(smart) AS count FROM imports').get()?.count);
  const rows = database.prepare(`SELECT lower(hex(hash)) AS key FROM signatures WHERE length(hash) = ${sha256Bytes}`);
  function* keys(): Generator<string> {
    for (const row of rows.iterate()) yield String(row.key);
  }
  const content = buildFilter({ keys: keys(), capacity: Math.max(count, 1), falsePositiveRate });
  const file = writeProductFile(directory, 'filter', 'bloom', [content]);
  return named(database, directory, 'smart', 'filter', [file]);
}

function buildPattern(database: DatabaseSync, directory: string, pattern: 'agent' | 'conventional'): Product {
  const isMember = pattern === 'agent' ? 'agent IS NOT NULL' : 'true';
  const lines = function* (isHash: string): Generator<string> {
    const rows = database.prepare(`SELECT hash, size, name FROM signatures WHERE ${isMember} AND ${isHash}`);
    for (const { hash, size, name } of rows.iterate()) {
      const signature = { hash: Buffer.from(hash as Uint8Array), name: String(name) };
      yield formatSignatureLine(size === null ? signature : { ...signature, size: Number(size) });
    }
  };
  const files = [
    writeProductFile(directory, pattern, 'hdb', lines('length(hash) = 16')),
    writeProductFile(directory, pattern, 'hsb', lines('length(hash) > 16')),
    writeProductFile(directory, pattern, 'shs', contents(pieces(database, 'sample', pattern))),
    ...pieces(database, 'rules', pattern).map(({ name, content }) =>
      writeProductFile(directory, pattern, `${name}.yar`, [content]),
    ),
  ].filter((file) => file.size > 0);
  return named(database, directory, pattern, pattern, files);
}

function contents(pieces: readonly Piece[]): string[] {
  return pieces.map(({ content }) => content);
}

/**
 * Gives the product its version, and its files names with the version in them: whoever got a manifest just before a
 * new version was published still gets the files that it named.
 */
function named(database: DatabaseSync, directory: string, column: string, name: string, files: PatternFile[]): Product {
  const row = database.prepare(`SELECT max(version) AS version FROM imports WHERE ${column} > 0`).get();
  const digest = createHash('sha256');
  for (const file of files) digest.update(file.sha256);
  const version = `${row?.version ?? 0}-${digest.digest('hex').slice(0, 12)}`;
  const renamed = files.map((file) => {
    const to = file.name.replace(name, `${name}-${version}`);
    renameSync(join(directory, file.name), join(directory, to));
    return { ...file, name: to };
  });
  return { version, files: renamed };
}

const writeBytes = 1024 * 1024;

function writeProductFile(directory: string, name: string, ending: string, content: Iterable<string | Buffer>) {
  const file = { name: `${name}.${ending}`, size: 0, sha256: '' };
  const digest = createHash('sha256');
  const descriptor = openSync(join(directory, file.name), 'wx');
  const write = (bytes: Buffer) => {
    digest.update(bytes);
    file.size += bytes.length;
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
  };
  try {
    let lines = '';
    for (const piece of content) {
      if (typeof piece !== 'string') write(piece);
      else lines += piece;
      if (lines.length > writeBytes) {
        write(Buffer.from(lines));
        lines = '';
      }
    }
    write(Buffer.from(lines));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return { ...file, sha256: digest.digest('hex') };
}

function sync(folder: string): void {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
