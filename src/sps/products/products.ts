import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { buildFilter } from '../../adapters/query-filter/build.ts';
import type { Piece } from '../data/pieces.ts';
import { openSnapshot, type Snapshot } from '../data/snapshot.ts';
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
  const snapshot = openSnapshot(folder, Date.now());
  try {
    const agent = buildPattern(snapshot, directory, 'agent');
    const conventional = buildPattern(snapshot, directory, 'conventional');
    const filter = buildFilterFile(snapshot, directory, falsePositiveRate);
    sync(directory);
    return { importVersion: snapshot.change, patternId, falsePositiveRate, directory, filter, agent, conventional };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  } finally {
    snapshot.close();
  }
}

function buildFilterFile(snapshot: Snapshot, directory: string, falsePositiveRate: number): Product {
  function* keys(): Generator<string> {
    for (const { hash } of snapshot.smart()) yield hash.toString('hex');
  }
  const content = buildFilter({ keys: keys(), capacity: Math.max(snapshot.smartMax, 1), falsePositiveRate });
  const file = writeProductFile(directory, 'filter', 'bloom', [content]);
  return named(snapshot, directory, 'filter', [file]);
}

function buildPattern(snapshot: Snapshot, directory: string, pattern: 'agent' | 'conventional'): Product {
  const files = [
    writeProductFile(directory, pattern, 'hdb', snapshot.lines(pattern, 'hdb')),
    writeProductFile(directory, pattern, 'hsb', snapshot.lines(pattern, 'hsb')),
    writeProductFile(directory, pattern, 'shs', contents(snapshot.pieces('sample', pattern))),
    ...snapshot
      .pieces('rules', pattern)
      .map(({ name, content }) => writeProductFile(directory, pattern, `${name}.yar`, [content])),
  ].filter((file) => file.size > 0);
  return named(snapshot, directory, pattern, files);
}

function contents(pieces: readonly Piece[]): string[] {
  return pieces.map(({ content }) => content);
}

/**
 * Gives the product its version, and its files names with the version in them: whoever got a manifest just before a
 * new version was published still gets the files that it named.
 */
function named(snapshot: Snapshot, directory: string, name: string, files: PatternFile[]): Product {
  const digest = createHash('sha256');
  for (const file of files) digest.update(file.sha256);
  const version = `${snapshot.change}-${digest.digest('hex').slice(0, 12)}`;
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
