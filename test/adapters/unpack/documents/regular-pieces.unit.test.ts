import { describe, expect, test } from 'vitest';
import { readEncodedBlocks } from '../../../../src/adapters/unpack/documents/encoded-blocks.ts';

const program = Buffer.concat([
  Buffer.from('MZ\x90\0', 'latin1'),
  Buffer.alloc(90),
  Buffer.from(Array.from({ length: 400 }, (_, at) => (at * 7) & 255)),
]);
const found = (text: string) => [...readEncodedBlocks(Buffer.from(text))].map(({ content }) => content);
const pieces = program.toString('base64').match(/.{1,60}/g) ?? [];

describe('pieces that are parted by the same text each time are one file', () => {
  test.each([
    ['lines of a batch file', pieces.map((piece) => `echo ${piece}>>a.b64`).join('\r\n')],
    ['cells of a table', pieces.map((piece) => `<tr><td class="x">${piece}</td></tr>`).join('\n')],
    ['values of fields', pieces.map((piece, at) => `<input name="p${at}" value="${piece}">`).join('\n')],
    ['calls', pieces.map((piece) => `a.push("${piece}");`).join('\n')],
    ['variables', pieces.map((piece, at) => `var p${at} = "${piece}";`).join('\n')],
    ['what a script takes out', `"${pieces.join('$#')}".replace(/\\$#/g, "")`],
  ])('%s', (_title, text) => {
    expect(found(`<p>before</p>\n${text}\nafter`)).toContainEqual(program);
  });
});

test('tables of digests are no file', () => {
  const digests = Array.from(
    { length: 100 },
    (_, at) => `${String(at).padStart(2, '0').repeat(32)}  file-${at}.tar.gz`,
  );
  expect(found(digests.join('\n')).filter((content) => (content?.length ?? 0) > 64)).toEqual([]);
});

test('the line after the digits may be a word', () => {
  expect(found(`X:${program.subarray(0, 492).toString('base64')}\r\nEND:VEVENT`)).toContainEqual(
    program.subarray(0, 492),
  );
});

test('digits in reverse order', () => {
  expect(found(`"${[...program.toString('base64')].reverse().join('')}"`)).toContainEqual(program);
});

test('digits that are written in another way among the first', () => {
  const start = Buffer.from('4d5a90000300000004000000ffff0000', 'hex');
  const file = Buffer.concat([start, program]);
  expect(found(`{"x":"${file.toString('base64').replaceAll('/', '\\/')}"}`)).toContainEqual(file);
  expect(found(`x=${file.toString('base64').replaceAll('/', '%2F')}`)).toContainEqual(file);
});
