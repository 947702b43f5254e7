import { inSharedMemory } from './shared-memory.ts';

/** Contents that are handed over besides the facts, within a limit. */
export class HandedContents {
  readonly #contents = new Map<string, Uint8Array>();
  #left: number;

  /** @param bytesMax of all together */
  constructor(bytesMax: number) {
    this.#left = bytesMax;
  }

  /** What is too large is left out. */
  add(content: Uint8Array, sha256: string): void {
    if (content.length === 0 || content.length > this.#left || this.#contents.has(sha256)) return;
    this.#left -= content.length;
    this.#contents.set(sha256, inSharedMemory(Buffer.from(content.buffer, content.byteOffset, content.length)));
  }

  all(): { sha256: string; content: Uint8Array }[] {
    return [...this.#contents].map(([sha256, content]) => ({ sha256, content }));
  }
}
