import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PdfDictionary } from '../../../../../src/adapters/unpack/documents/pdf/objects.ts';
import { undoPredictor } from '../../../../../src/adapters/unpack/documents/pdf/predictor.ts';
import {
  decodeAscii85,
  decodeAsciiHex,
  decodeLzw,
  decodeRunLength,
} from '../../../../../src/adapters/unpack/documents/pdf/simple-filters.ts';

const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array));
const repetitive = fc
  .array(fc.tuple(fc.constantFrom('ab', 'abc', '\0\0\0', 'x'), fc.nat(300)), { maxLength: 60 })
  .map((runs) => Buffer.from(runs.map(([text, count]) => text.repeat(count)).join('')));

/** LZW as PDF writers do it: clears the table when it is full. */
function encodeLzw(data: Buffer, early: boolean): Buffer {
  let bits = '';
  let width = 9;
  let codes = new Map<string, number>();
  const clear = () => {
    codes = new Map(Array.from({ length: 256 }, (_, i) => [String.fromCharCode(i), i]));
    bits += (256).toString(2).padStart(width, '0');
    width = 9;
  };
  clear();
  let next = 258;
  let held = '';
  const put = (code: number) => {
    bits += code.toString(2).padStart(width, '0');
  };
  for (const character of data.toString('latin1')) {
    if (codes.has(held + character)) {
      held += character;
      continue;
    }
    put(codes.get(held) ?? 0);
    codes.set(held + character, next++);
    held = character;
    if (next + (early ? 1 : 0) > 1 << width) width += 1;
    if (next >= 4094) {
      clear();
      next = 258;
    }
  }
  if (held) put(codes.get(held) ?? 0);
  next += 1;
  if (next + (early ? 1 : 0) > 1 << width && width < 12) width += 1;
  put(257);
  return Buffer.from(
    (bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)),
  );
}

test('LZW: the example of ISO 32000-1 7.4.4.2', () => {
  const data = Buffer.from('800b6050220c0c8501', 'hex');
  expect([...decodeLzw(data, 100, true)]).toEqual([45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
});

test.each([true, false])('LZW, early change %s: what was encoded comes out', (early) => {
  fc.assert(
    fc.property(fc.oneof(bytes, repetitive), (data) => {
      expect(decodeLzw(encodeLzw(data, early), 1e6, early).equals(data)).toBe(true);
    }),
  );
});

test('run lengths, hexadecimal, ASCII85', () => {
  expect(decodeRunLength(Buffer.from([2, 65, 66, 67, 254, 68, 128, 1]), 100).toString()).toBe('ABCDDD');
  expect(decodeAsciiHex(Buffer.from('4 1 42\n4>43')).toString()).toBe('AB@');
  expect(decodeAscii85(Buffer.from('<~87cURD]i,"Ebo80~>')).toString()).toBe('Hello World!');
  expect(decodeAscii85(Buffer.from('87cUR\nD]i,"E bo80~>')).toString()).toBe('Hello World!');
  expect(decodeAscii85(Buffer.from('z!!~>')).toString('hex')).toBe('0000000000');
});

/** Rows of PNG, each with the filter of its number. */
function encodePng(data: Buffer, rowBytes: number, pixelBytes: number, kinds: readonly number[]): Buffer {
  const rows: Buffer[] = [];
  for (let row = 0; row * rowBytes < data.length; row += 1) {
    const kind = kinds[row % kinds.length] ?? 0;
    const at = (i: number, up: number) => (i < 0 || row - up < 0 ? 0 : (data[(row - up) * rowBytes + i] ?? 0));
    const line = Buffer.from([kind]);
    const out = [...data.subarray(row * rowBytes, (row + 1) * rowBytes)].map((byte, i) => {
      const [a, b, c] = [at(i - pixelBytes, 0), at(i, 1), i < pixelBytes ? 0 : at(i - pixelBytes, 1)];
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      return byte - ([0, a, b, (a + b) >> 1, paeth][kind] ?? 0);
    });
    rows.push(line, Buffer.from(out));
  }
  return Buffer.concat(rows);
}

test('PNG predictors of every kind', () => {
  const kinds = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(
      bytes,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 4 }),
      kinds,
      (data, columns, colors, list) => {
        const parameters: PdfDictionary = new Map([
          ['/Predictor', 15],
          ['/Columns', columns],
          ['/Colors', colors],
        ]);
        const encoded = encodePng(data, columns * colors, colors, list);
        expect(undoPredictor(encoded, parameters).equals(data)).toBe(true);
      },
    ),
  );
});

test('the TIFF predictor', () => {
  const parameters: PdfDictionary = new Map([
    ['/Predictor', 2],
    ['/Columns', 3],
    ['/Colors', 2],
  ]);
  expect([...undoPredictor(Buffer.from([1, 10, 1, 10, 1, 10, 5, 5, 0, 1, 0, 1]), parameters)]).toEqual([
    1, 10, 2, 20, 3, 30, 5, 5, 5, 6, 5, 7,
  ]);
});
