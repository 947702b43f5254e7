import type { Random } from './random.ts';

/** Inputs do not grow over this. */
export const INPUT_BYTES_MAX = 64 * 1024;

/** What a change can be made of. */
export interface Stock {
  /** Words of the format. */
  words: readonly Buffer[];
  /** Another input. */
  other: Buffer;
}

type Change = (input: Buffer, random: Random, stock: Stock) => Buffer;

const NUMBERS = [0, 1, 2, 3, 4, 8, 16, 0x7f, 0x80, 0xff, 0x100, 0xfff, 0x7fff, 0x8000, 0xffff, 0x10000].concat([
  0xfffffe, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffffe, 0xffffffff,
]);

const CHANGES: readonly Change[] = [
  flipBit,
  setByte,
  setNumber,
  setNumber,
  addToNumber,
  remove,
  repeat,
  move,
  word,
  word,
  splice,
  lines,
];

/** A changed copy: between one and eight changes of any kind. */
export function mutate(input: Buffer, random: Random, stock: Stock): Buffer {
  let changed: Buffer = Buffer.from(input);
  for (let left = 1 << random.below(4); left > 0; left -= 1)
    changed = random.pick(CHANGES)(changed, random, stock).subarray(0, INPUT_BYTES_MAX);
  return changed;
}

function flipBit(input: Buffer, random: Random): Buffer {
  return setAt(input, random.below(input.length), (byte) => byte ^ (1 << random.below(8)));
}

function setByte(input: Buffer, random: Random): Buffer {
  return setAt(input, random.below(input.length), () => random.below(256));
}

function setAt(input: Buffer, at: number, change: (byte: number) => number): Buffer {
  if (at < input.length) input[at] = change(input[at] ?? 0);
  return input;
}

/** Writes a number at which things go wrong, in some width and order of bytes. */
function setNumber(input: Buffer, random: Random): Buffer {
  const bytes = random.pick([1, 2, 4, 8]);
  const value = random.below(8) === 0 ? input.length - random.below(4) : random.pick(NUMBERS);
  return writeNumber(input, random, bytes, Math.max(0, value));
}

function addToNumber(input: Buffer, random: Random): Buffer {
  const bytes = random.pick([1, 2, 4]);
  if (input.length < bytes) return input;
  const at = random.below(input.length - bytes + 1);
  const value = input.readUIntLE(at, bytes) + random.below(33) - 16;
  input.writeUIntLE((value + 2 ** (8 * bytes)) % 2 ** (8 * bytes), at, bytes);
  return input;
}

function writeNumber(input: Buffer, random: Random, bytes: number, value: number): Buffer {
  if (input.length < bytes) return input;
  const at = random.below(input.length - bytes + 1);
  const low = Math.min(bytes, 4);
  const fits = value % 2 ** (8 * low);
  input.fill(0, at, at + bytes);
  if (random.below(3) === 0) input.writeUIntBE(fits, at + bytes - low, low);
  else input.writeUIntLE(fits, at, low);
  return input;
}

/** A stretch of the input: short ones more often. */
function stretch(input: Buffer, random: Random): { from: number; to: number } {
  const from = random.below(input.length + 1);
  const length = random.below(random.below(3) === 0 ? input.length - from + 1 : 33);
  return { from, to: Math.min(input.length, from + length) };
}

function remove(input: Buffer, random: Random): Buffer {
  const { from, to } = stretch(input, random);
  return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
}

/** A stretch stands many times: what takes too long, or nests, shows with many only. */
function repeat(input: Buffer, random: Random): Buffer {
  const { from, to } = stretch(input, random);
  const times = random.below(8) === 0 ? random.below(300) : random.below(4);
  const copies = Math.min(times, Math.floor(INPUT_BYTES_MAX / Math.max(1, to - from)));
  return Buffer.concat([
    input.subarray(0, to),
    ...Array<Buffer>(copies).fill(input.subarray(from, to)),
    input.subarray(to),
  ]);
}

function move(input: Buffer, random: Random): Buffer {
  const { from, to } = stretch(input, random);
  const rest = Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  const at = random.below(rest.length + 1);
  return Buffer.concat([rest.subarray(0, at), input.subarray(from, to), rest.subarray(at)]);
}

/** A word of the format, put between or over what stands there. */
function word(input: Buffer, random: Random, { words }: Stock): Buffer {
  if (words.length === 0) return input;
  const put = random.pick(words);
  const at = random.below(input.length + 1);
  return Buffer.concat([input.subarray(0, at), put, input.subarray(at + (random.below(2) === 0 ? 0 : put.length))]);
}

function splice(input: Buffer, random: Random, { other }: Stock): Buffer {
  if (random.below(2) === 0)
    return Buffer.concat([
      input.subarray(0, random.below(input.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  const { from, to } = stretch(other, random);
  const at = random.below(input.length + 1);
  return Buffer.concat([input.subarray(0, at), other.subarray(from, to), input.subarray(at)]);
}

/** Lines in another order, twice, or of another kind of end. */
function lines(input: Buffer, random: Random): Buffer {
  const all = input.toString('latin1').split('\n');
  const [from, to] = [random.below(all.length), random.below(all.length)];
  const taken = all[from] ?? '';
  if (random.below(2) === 0) all.splice(from, 1);
  all.splice(to, 0, random.below(4) === 0 ? taken.replaceAll('\r', '') : taken);
  return Buffer.from(all.join('\n'), 'latin1');
}
