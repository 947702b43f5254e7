import { nextStretch } from './stretches.ts';

const PART = 1;
const DIGIT = 2;

/** How the values of bytes are written one after the other. */
export interface ListForm {
  /** Characters between two values. */
  parts: string;
  /** Characters of values. */
  digits: string;
  /** Fewer values are no file. Each takes two bytes at least, with what parts it from the next. */
  valuesMin: number;
  /** Most bytes between two values. */
  gapBytesMax: number;
  /** Of what is written between `start` and `end`; undefined when that is no byte. */
  valueAt(bytes: Buffer, start: number, end: number): number | undefined;
}

/** Gives the content of each list of values of bytes that text holds. */
export function byteLists(form: ListForm): (bytes: Buffer) => Generator<Buffer> {
  const kinds = new Uint8Array(256);
  for (const character of form.parts) kinds[character.charCodeAt(0)] = PART;
  for (const character of form.digits) kinds[character.charCodeAt(0)] = DIGIT;
  return function* lists(bytes) {
    const next = (from: number) => nextStretch(bytes, kinds, form.valuesMin * 2, from);
    for (let start = next(0); start >= 0; ) {
      const { content, end } = takeList(bytes, start, kinds, form);
      if (content.length >= form.valuesMin) yield content;
      start = next(end);
    }
  };
}

/** Values from here on, up to what is none: what stood before it may have been one list, and what follows another. */
function takeList(bytes: Buffer, start: number, kinds: Uint8Array, { gapBytesMax, valueAt }: ListForm) {
  const values: number[] = [];
  let at = start;
  while (kinds[bytes[at] ?? 0] === PART) at += 1;
  for (;;) {
    let end = at;
    while (kinds[bytes[end] ?? 0] === DIGIT) end += 1;
    const value = valueAt(bytes, at, end);
    if (value === undefined) return { content: Buffer.from(values), end: Math.max(end, at + 1) };
    values.push(value);
    at = end;
    while (at < end + gapBytesMax && kinds[bytes[at] ?? 0] === PART) at += 1;
    if (at === end) return { content: Buffer.from(values), end: end + 1 };
  }
}
