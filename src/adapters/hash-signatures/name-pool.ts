/** The names of all signatures in one buffer: a length byte, then the name. A name equal to the one before is shared. */
export class NamePool {
  #bytes: Buffer;
  #end = 0;
  #last = -1;

  /** Room for all names, a byte more for each; what is not written costs no memory. At most 4 GiB. */
  constructor(bytesMax: number) {
    this.#bytes = Buffer.allocUnsafeSlow(bytesMax);
  }

  /** Adds the name `text[start, end)` of at most 255 bytes; answers its offset. */
  add(text: Buffer, start: number, end: number): number {
    if (this.#last >= 0 && this.#isLast(text, start, end)) return this.#last;
    const offset = this.#end;
    this.#bytes[offset] = end - start;
    this.#end++;
    for (let i = start; i < end; i++) this.#bytes[this.#end++] = text[i] as number;
    this.#last = offset;
    return offset;
  }

  at(offset: number): string {
    const start = offset + 1;
    return this.#bytes.toString('utf8', start, start + (this.#bytes[offset] as number));
  }

  /** Gives back the room that was not needed. */
  trim(): void {
    const bytes = Buffer.allocUnsafeSlow(this.#end);
    this.#bytes.copy(bytes, 0, 0, this.#end);
    this.#bytes = bytes;
  }

  #isLast(text: Buffer, start: number, end: number): boolean {
    const last = this.#last;
    if (this.#bytes[last] !== end - start) return false;
    for (let i = start, at = last + 1; i < end; i++, at++) if (this.#bytes[at] !== text[i]) return false;
    return true;
  }
}
