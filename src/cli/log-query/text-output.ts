/** Characters that are written at once. */
const chunkMax = 65_536;
/** How long a text may wait for others, ms. */
const waitMsMax = 100;

/** Writes many texts in few pieces, without keeping them: it waits for whoever reads them. */
export class TextOutput {
  readonly #stream: NodeJS.WritableStream;
  #chunk = '';
  #writtenMs = performance.now();
  /** Whether the reader has seen anything. */
  hasWritten = false;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  /** A promise when it has to be waited for. */
  add(text: string): Promise<void> | undefined {
    this.#chunk += text;
    return this.#chunk.length >= chunkMax || this.#isDue() ? this.flush() : undefined;
  }

  /** To be called now and then while nothing is found: what waits is shown. */
  tick(): void {
    if (this.#chunk !== '' && this.#isDue()) this.#write();
  }

  /** Resolves when everything is with the reader, or the reader is gone. */
  flush(): Promise<void> {
    // In a turn of its own also when there is nothing to wait for: only there a reader that has gone away is noticed.
    return new Promise((resolve) => this.#write(() => setImmediate(resolve)));
  }

  /** Drops what the reader has not seen. */
  discard(): void {
    this.#taken();
  }

  #isDue(): boolean {
    return performance.now() - this.#writtenMs > waitMsMax;
  }

  #write(then?: () => void): void {
    const chunk = this.#taken();
    this.hasWritten ||= chunk !== '';
    this.#stream.write(chunk, then);
  }

  #taken(): string {
    const chunk = this.#chunk;
    this.#chunk = '';
    this.#writtenMs = performance.now();
    return chunk;
  }
}
