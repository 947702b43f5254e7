/** Throws for inputs that begin with `xz<`: a defect that the search must find, one step after the other. */
export function ticklish(input: Buffer): void {
  if (input[0] !== 0x78) return;
  if (input[1] !== 0x7a) return;
  if (input[2] !== 0x3c) return;
  throw new RangeError('tickled');
}
