import type { FileHandle } from 'node:fs/promises';
import type { ReceivedMessage } from '../../actors/ports/mail.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { memoryMessage, spilledMessage } from './spooled-message.ts';

/** So many small chunks are joined into one: an object for every byte would cost far more than the byte. */
const JOIN_CHUNKS = 128;
const SMALL_BYTES = 4096;

/** The disk, or the quota on it, is full: `452 4.3.1`. */
export class SpoolFull extends Error {
  constructor(options: ErrorOptions) {
    super('no room to spool a message', options);
    this.name = 'SpoolFull';
  }
}

/**
 * The content of one message while it comes in. Ends by exactly one of `finish` or `discard`.
 * Calls must not overlap: wait for the promise of `write` before the next call (`discard` may come at any time).
 */
export class IncomingContent {
  /** Bytes written so far. */
  size = 0;
  readonly #budget: MemoryBudget;
  readonly #openFile: () => Promise<FileHandle>;
  #chunks: Buffer[] = [];
  #inMemory = 0;
  #small = 0;
  #file: FileHandle | undefined;
  #discarded = false;

  /** @param openFile opens a fresh file; called once, when the budget does not cover the message any more */
  constructor(budget: MemoryBudget, openFile: () => Promise<FileHandle>) {
    this.#budget = budget;
    this.#openFile = openFile;
  }

  /** Adds a chunk, which then belongs to the spool. A promise only when the disk is needed; it rejects with `SpoolFull` or the file system's error. */
  write(chunk: Buffer): Promise<void> | undefined {
    this.size += chunk.length;
    if (this.#file === undefined && this.#budget.take(chunk.length)) {
      this.#inMemory += chunk.length;
      this.#keep(chunk);
      return undefined;
    }
    return this.#spill(chunk);
  }

  /** The message is whole. */
  finish(): ReceivedMessage {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) return spilledMessage(file, this.size, this.#budget);
    const bytes = this.#inMemory;
    this.#inMemory = 0;
    return memoryMessage(this.#chunks, bytes, () => this.#budget.release(bytes));
  }

  /** Drops what came; idempotent. */
  discard(): void {
    this.#discarded = true;
    this.#freeMemory();
    const file = this.#file;
    this.#file = undefined;
    file?.close().catch(() => undefined);
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#small = chunk.length < SMALL_BYTES ? this.#small + 1 : 0;
    if (this.#small < JOIN_CHUNKS) return;
    this.#small = 0;
    this.#chunks.push(Buffer.concat(this.#chunks.splice(-JOIN_CHUNKS)));
  }

  async #spill(chunk: Buffer): Promise<void> {
    try {
      const file = this.#file ?? (await this.#openFile());
      this.#file = file;
      for (const kept of this.#chunks) await writeAll(file, kept);
      this.#freeMemory();
      await writeAll(file, chunk);
    } catch (cause) {
      throw isFull(cause) ? new SpoolFull({ cause }) : cause;
    } finally {
      if (this.#discarded) this.discard();
    }
  }

  #freeMemory(): void {
    this.#chunks = [];
    const bytes = this.#inMemory;
    this.#inMemory = 0;
    if (bytes > 0) this.#budget.release(bytes);
  }
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at, chunk.length - at)).bytesWritten;
}

function isFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
