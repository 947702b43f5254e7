const LF = 0x0a;

/** Longest beginning of a line that is looked at: more than any field name counted here. */
const NAME_BYTES_MAX = 64;

/**
 * Counts trace fields of the header block (RFC 5321 6.3: loops show as many `Received` fields). Stops looking at the
 * empty line, so that a forwarded message in the body does not count. Lines end at LF, bare or not.
 */
export class HopCounter {
  /** `Received` fields so far. */
  hops = 0;
  /** Fields with our own trace name so far. */
  traces = 0;
  readonly #traceName: string;
  #inHeader = true;
  #line = '';

  /** @param traceHeader field name that gateways like this one add, e.g. `X-Sekisho` */
  constructor(traceHeader: string) {
    this.#traceName = traceHeader.toLowerCase();
  }

  push(content: Buffer): void {
    for (let from = 0; this.#inHeader && from < content.length; ) {
      const end = content.indexOf(LF, from);
      const stop = end < 0 ? content.length : end;
      this.#line += content.toString('latin1', from, Math.min(stop, from + NAME_BYTES_MAX - this.#line.length));
      if (end < 0) return;
      this.#count();
      from = end + 1;
    }
  }

  #count(): void {
    const line = this.#line;
    this.#line = '';
    if (line === '' || line === '\r') {
      this.#inHeader = false;
      return;
    }
    const colon = line.indexOf(':');
    if (colon < 0) return;
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    if (name === 'received') this.hops++;
    if (name === this.#traceName) this.traces++;
  }
}
