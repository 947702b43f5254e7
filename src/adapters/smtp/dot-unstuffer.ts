const CRLF = Buffer.from('\r\n');
const LINE_DOT = Buffer.from('\r\n.');
const CR = 0x0d;
const LF = 0x0a;
const EMPTY = Buffer.alloc(0);

/** What a chunk of DATA gave. */
export interface Unstuffed {
  /** Content; empty when all bytes of the chunk are still undecided. */
  content: Buffer;
  /** What came after the final dot, once it came; the message is whole then. */
  rest?: Buffer;
}

/**
 * Content out of the bytes after 354 (RFC 5321 4.5.2): takes the dot off every line that begins with one, and ends at
 * `<CRLF>.<CRLF>` only. A bare CR or LF is content like any other byte, so nobody can end a message by one.
 * Not smtp-server's own parser: that one also takes dots off after a bare LF, and yields to the event loop at each dot.
 */
export class DotUnstuffer {
  /** Undecided end of the chunk before: a beginning of `<CRLF>.<CRLF>`. The first line begins as if after a CRLF. */
  #held: Buffer = CRLF;
  /** Bytes of `#held` that are not content. */
  #virtual = 2;

  /** Takes the next bytes; they belong to the unstuffer, which may change them. Not to be called after `rest`. */
  push(chunk: Buffer): Unstuffed {
    const data = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const start = this.#virtual;
    let written = start;
    let from = start;
    for (let at = data.indexOf(LINE_DOT); at >= 0; at = data.indexOf(LINE_DOT, at + 3)) {
      const dot = at + 2;
      const next = data[dot + 1];
      const afterNext = data[dot + 2];
      if (next === undefined || (next === CR && afterNext === undefined))
        return this.#hold(data, start, written, from, at);
      // Moves the line over the dot before it: one buffer for the chunk, however many dots.
      if (from !== written) data.copyWithin(written, from, dot);
      written += dot - from;
      from = dot + 1;
      if (next !== CR || afterNext !== LF) continue;
      return { content: data.subarray(start, written), rest: data.subarray(dot + 3) };
    }
    const open = data.at(-1) === CR ? 1 : data.at(-1) === LF && data.at(-2) === CR ? 2 : 0;
    return this.#hold(data, start, written, from, data.length - open);
  }

  #hold(data: Buffer, start: number, written: number, from: number, held: number): Unstuffed {
    this.#held = held < data.length ? Buffer.from(data.subarray(held)) : EMPTY;
    // The CRLF before the first line stays virtual while it is held.
    this.#virtual = Math.max(start - held, 0);
    if (held <= from) return { content: data.subarray(start, written) };
    if (from !== written) data.copyWithin(written, from, held);
    return { content: data.subarray(start, written + held - from) };
  }
}
