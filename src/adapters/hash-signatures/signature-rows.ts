/** The signatures of one kind of hash as columns of typed arrays, in the order of adding. */
export class SignatureRows {
  /** 4 for MD5, 5 for SHA-1, 8 for SHA-256. */
  readonly digestWords: number;
  /** `digestWords` for each row. */
  digests: Uint32Array;
  /** Bytes of the file, or `ANY_SIZE`. */
  sizes: Uint32Array;
  /** Offset in the name pool. */
  names: Uint32Array;
  count = 0;

  /** Room for so many rows; what is not written costs no memory. */
  constructor(digestWords: number, rowsMax: number) {
    this.digestWords = digestWords;
    this.digests = new Uint32Array(rowsMax * digestWords);
    this.sizes = new Uint32Array(rowsMax);
    this.names = new Uint32Array(rowsMax);
  }

  add(digest: Uint32Array, size: number, name: number): void {
    const at = this.count * this.digestWords;
    for (let word = 0; word < this.digestWords; word++) this.digests[at + word] = digest[word] as number;
    this.sizes[this.count] = size;
    this.names[this.count] = name;
    this.count++;
  }

  /** Gives back the room that was not needed. */
  trim(): void {
    this.digests = this.digests.slice(0, this.count * this.digestWords);
    this.sizes = this.sizes.slice(0, this.count);
    this.names = this.names.slice(0, this.count);
  }
}
