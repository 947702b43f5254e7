import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

const bufferBytes = 1024 * 1024;

/** A new file that is digested as it is written. For a thread that may wait for the disk. */
export class HashedFile {
  readonly #file: number;
  readonly #digest = createHash('sha256');
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #filled = 0;
  #size = 0;

  /** Throws what the system says; EEXIST when it is there. */
  constructor(path: string) {
    this.#file = openSync(path, 'wx');
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#filled + bytes.length > bufferBytes) this.#flush();
    if (bytes.length > bufferBytes) {
      this.#put(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** SHA-256 of everything so far. */
  digest(): Buffer {
    this.#flush();
    return this.#digest.copy().digest();
  }

  /** Has everything on disk. */
  sync(): void {
    this.#flush();
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #flush(): void {
    if (this.#filled > 0) this.#put(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #put(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
  }
}
