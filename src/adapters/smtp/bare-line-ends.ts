/**
 * What to do with a line that is only a dot between bare line ends. A next hop that takes a bare CR or LF for a line
 * end would see the end of DATA there, and what follows as commands of its own ("SMTP smuggling").
 * `keep`: nothing, for a next hop that is known to be strict. `normalize`: the bare line end before the dot becomes
 * CRLF, so that the dot is stuffed on the way out. `refuse`: the message gets 554.
 * Whatever is chosen, every other bare CR or LF stays as it is.
 */
export type BareLineEnds = 'keep' | 'normalize' | 'refuse';

/** Content that is safe to hand on, and whether a dot between bare line ends was found in it. */
export interface Checked {
  content: Buffer;
  found: boolean;
}

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const EMPTY: Buffer = Buffer.alloc(0);
const CRLF = Buffer.from('\r\n');

/**
 * Finds every dot that has a bare CR or a bare LF before it and any CR or LF after it, and turns the one before into
 * CRLF. Works on chunks: at most three bytes are held back between them. A dot after CRLF needs nothing: the writer to
 * the next hop stuffs it (RFC 5321 4.5.2).
 */
export class BareLineEndFilter {
  #held: Buffer = EMPTY;
  /** The last byte that was let through. */
  #before = 0;

  /** The next content. What comes out, all in all, is what went in but for the line ends that were turned into CRLF. */
  push(chunk: Buffer): Checked {
    const data = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const keep = undecidedAt(data, this.#before);
    const checked = normalize(data.subarray(0, keep), data, this.#before);
    this.#held = keep < data.length ? Buffer.from(data.subarray(keep)) : EMPTY;
    if (keep > 0) this.#before = data[keep - 1] ?? 0;
    return checked;
  }

  /** The content is over: what was held back. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = EMPTY;
    return rest;
  }
}

/** Where the bytes begin that only the next chunk can decide on: a bare line end, alone or with a dot after it. */
function undecidedAt(data: Buffer, before: number): number {
  const dots = data.at(-1) === DOT ? 1 : 0;
  const end = data.length - dots - 1;
  const last = data[end];
  const previous = end > 0 ? data[end - 1] : before;
  if (last === CR) return end;
  return last === LF && previous !== CR ? end : data.length;
}

/** `content` is the decided beginning of `data`, in which one may look further. */
function normalize(content: Buffer, data: Buffer, before: number): Checked {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const dot of dotsAfterLineEnd(content)) {
    const end = dot - 1;
    const after = data[dot + 1];
    if (after !== CR && after !== LF) continue;
    if (data[end] === LF && (end > 0 ? data[end - 1] : before) === CR) continue;
    pieces.push(content.subarray(from, end), CRLF);
    from = dot;
  }
  if (pieces.length === 0) return { content, found: false };
  return { content: Buffer.concat([...pieces, content.subarray(from)]), found: true };
}

function* dotsAfterLineEnd(content: Buffer): Generator<number> {
  let afterLf = content.indexOf('\n.');
  let afterCr = content.indexOf('\r.');
  while (afterLf >= 0 || afterCr >= 0) {
    if (afterCr < 0 || (afterLf >= 0 && afterLf < afterCr)) {
      yield afterLf + 1;
      afterLf = content.indexOf('\n.', afterLf + 2);
    } else {
      yield afterCr + 1;
      afterCr = content.indexOf('\r.', afterCr + 2);
    }
  }
}
