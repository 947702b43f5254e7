import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HashedFile } from './hashed-file.ts';
import { productPath, productsFolder } from './publication.ts';

/** What was written. */
export interface PoolFile {
  size: number;
  sha256: string;
}

/** Where published files are made: each gets its SHA-256 as its name once it is whole. One process at a time. */
export interface FilePool {
  /** Writes a file in pieces. */
  write(content: Iterable<string | Uint8Array>): PoolFile;
  /** Has a file written to the path that is given, fsynced. */
  make<File extends PoolFile>(write: (path: string) => File): File;
  path(sha256: string): string;
  /** Makes the names of the files durable. */
  sync(): void;
}

/** Opens the pool of an SPS folder; makes it when missing. */
export function openPool(folder: string): FilePool {
  const pool = productsFolder(folder);
  mkdirSync(pool, { recursive: true });
  let made = 0;
  function make<File extends PoolFile>(write: (path: string) => File): File {
    const path = join(pool, `new-${process.pid}-${made++}`);
    // A program that had the same number may have left one.
    rmSync(path, { force: true });
    try {
      const file = write(path);
      renameSync(path, productPath(folder, file.sha256));
      return file;
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  }
  return {
    make,
    write: (content) => make((path) => writeHashed(path, content)),
    path: (sha256) => productPath(folder, sha256),
    sync() {
      const descriptor = openSync(pool, 'r');
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
  };
}

const joinedChars = 64 * 1024;

function writeHashed(path: string, content: Iterable<string | Uint8Array>): PoolFile {
  const out = new HashedFile(path);
  try {
    let lines = '';
    for (const piece of content) {
      if (typeof piece === 'string') lines += piece;
      else out.write(piece);
      if (lines.length < joinedChars) continue;
      out.write(Buffer.from(lines));
      lines = '';
    }
    out.write(Buffer.from(lines));
    out.sync();
    return { size: out.size, sha256: out.digest().toString('hex') };
  } finally {
    out.close();
  }
}

/** Removes everything but these files. Nobody may be building. */
export function removeOthers(folder: string, keep: ReadonlySet<string>): void {
  for (const name of readdirSync(productsFolder(folder))) {
    if (!keep.has(name)) rmSync(join(productsFolder(folder), name), { recursive: true, force: true });
  }
}
