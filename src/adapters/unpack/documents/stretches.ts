/**
 * Where the next stretch of at least so many bytes of some kind begins; -1: there is none from here on. Looks at every such
 * byte, and at those before it up to the first that is of no kind: a stretch cannot be missed, and text of words is passed
 * over quickly.
 * @param kinds by byte; 0: of none
 */
export function nextStretch(bytes: Buffer, kinds: Uint8Array, lengthMin: number, from: number): number {
  for (let start = from; start + lengthMin <= bytes.length; ) {
    let at = start + lengthMin - 1;
    while (at >= start && kinds[bytes[at] ?? 0]) at -= 1;
    if (at < start) return start;
    start = at + 1;
  }
  return -1;
}
