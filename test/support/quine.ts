import zlib from 'node:zlib';

/**
 * A gzip file that unpacks to itself, for ever. Deflate can be a program of two instructions, to write the bytes that follow and to
 * repeat those written last; and there is such a program that writes itself (Russ Cox, Zip Files All The Way Down, 2010).
 */
export function gzipQuine(): Buffer {
  const crc = fixedPoint((guess) => zlib.crc32(quineWith(guess)));
  return quineWith(crc);
}

/** Bytes of an instruction, without what it is to write. */
const UNIT = 5;
const HEADER = Buffer.concat([Buffer.from('1f8b0808000000000003', 'hex'), Buffer.from('q\0')]);

function quineWith(crc: number): Buffer {
  const literal = (bytes: number) => Buffer.from([0, bytes, 0, 255 - bytes, 255]);
  const prefix = literal(HEADER.length + UNIT);
  const again = repeat(HEADER.length + UNIT);
  const [none, one, four, repeatFour] = [literal(0), literal(UNIT), literal(4 * UNIT), repeat(4 * UNIT)];
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  const end = () => Buffer.concat([repeatLast(), trailer]);
  const last = literal(end().length);
  const program = () => [
    ...[HEADER, prefix, HEADER, prefix, again, one, again, one, one],
    ...[four, again, one, one, four, repeatFour],
    ...[four, repeatFour, four, repeatFour, four, repeatFour],
    ...[four, repeatFour, none, none, last, repeatFour, none, none, last, end(), end()],
  ];
  trailer.writeUInt32LE(Buffer.concat(program()).length, 4);
  return Buffer.concat(program());
}

/** Repeats so many of the last bytes, between 17 and 20, in a block that ends with a byte. */
function repeat(bytes: number): Buffer {
  const pairs = [10, bytes - 10].flatMap((length) => [code(length - 2, 7), code(8, 5), extra(bytes - 17, 3)]);
  return packed([extra(0b010, 3), ...pairs, code(0, 7)]);
}

/** The last instruction: repeats itself and the trailer, 12 bytes, and ends the stream. */
function repeatLast(): Buffer {
  return packed([extra(0b011, 3), code(9, 7), extra(1, 1), code(6, 5), extra(3, 2), code(0, 7)]);
}

/** Codes stand with the highest bit first, all else with the lowest. */
function code(value: number, bits: number): string {
  return value.toString(2).padStart(bits, '0');
}

function extra(value: number, bits: number): string {
  return [...code(value, bits)].reverse().join('');
}

function packed(bits: readonly string[]): Buffer {
  const bytes = bits.join('').match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt([...byte].reverse().join(''), 2)));
}

/** Solves `f(x) = x` for 32 bits, where each bit of x that changes always changes the same bits of `f(x)`. */
function fixedPoint(f: (x: number) => number): number {
  const base = f(0);
  /** By the highest bit of what changes: that, and the bits of x that cause it. */
  const solved = new Map<number, { change: number; by: number }>();
  const reduce = (change: number, by: number) => {
    let left = { change: change >>> 0, by: by >>> 0 };
    for (
      let known = solved.get(Math.clz32(left.change));
      left.change !== 0 && known;
      known = solved.get(Math.clz32(left.change))
    )
      left = { change: (left.change ^ known.change) >>> 0, by: (left.by ^ known.by) >>> 0 };
    return left;
  };
  for (let bit = 0; bit < 32; bit++) {
    const x = (1 << bit) >>> 0;
    const left = reduce(f(x) ^ base ^ x, x);
    if (left.change !== 0) solved.set(Math.clz32(left.change), left);
  }
  const { change, by } = reduce(base, 0);
  if (change !== 0) throw new RangeError('no fixed point');
  return by;
}
