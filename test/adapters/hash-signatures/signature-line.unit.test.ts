import { describe, expect, it } from 'vitest';
import { ANY_SIZE, SignatureLine } from '../../../src/adapters/hash-signatures/signature-line.ts';

const md5 = '0123456789abcdef0123456789ABCDEF';

function parse(text: string) {
  const line = new SignatureLine();
  const bytes = Buffer.from(`:${text}:`);
  const problem = line.parse(bytes, 1, bytes.length - 1);
  return { problem, line, name: bytes.toString('utf8', line.nameStart, line.nameEnd) };
}

describe('SignatureLine', () => {
  it.each([
    [`${md5}:68:Eicar`, 4, 68, 'Eicar'],
    [`${'a'.repeat(40)}:1:Win.Test-1:73`, 5, 1, 'Win.Test-1'],
    [`${'F'.repeat(64)}:*:Name with ünicode:73:255`, 8, ANY_SIZE, 'Name with ünicode'],
    [`${md5}:4294967294:x`, 4, 4294967294, 'x'],
  ])('reads %s', (text, words, size, name) => {
    const parsed = parse(text);
    expect(parsed.problem).toBeUndefined();
    expect([parsed.line.digestWords, parsed.line.size, parsed.name]).toEqual([words, size, name]);
  });

  it('takes hexadecimal digits of either case, big endian', () => {
    expect([...parse(`${md5}:1:x`).line.digest.subarray(0, 4)]).toEqual([
      0x01234567, 0x89abcdef, 0x01234567, 0x89abcdef,
    ]);
  });

  it.each([
    ['', 'not HASH:SIZE:NAME'],
    [md5, 'not HASH:SIZE:NAME'],
    [`${md5}:68`, 'not HASH:SIZE:NAME'],
    [`${md5.slice(1)}:68:x`, 'no MD5, SHA-1 or SHA-256 by its length'],
    [`${'a'.repeat(128)}:68:x`, 'no MD5, SHA-1 or SHA-256 by its length'],
    [':68:x', 'no MD5, SHA-1 or SHA-256 by its length'],
    [`${md5.slice(1)}g:68:x`, 'not hexadecimal'],
    [`g${md5.slice(1)}:68:x`, 'not hexadecimal'],
    [`${md5.slice(2)}é:68:x`, 'not hexadecimal'],
    [`${md5}::x`, 'the size is neither'],
    [`${md5}:0:x`, 'the size is neither'],
    [`${md5}:-1:x`, 'the size is neither'],
    [`${md5}:1e3:x`, 'the size is neither'],
    [`${md5}:4294967295:x`, 'the size is neither'],
    [`${md5}:99999999999999999999:x`, 'the size is neither'],
    [`${md5}:**:x`, 'the size is neither'],
    [`${md5}:68:`, 'the name is empty'],
    [`${md5}:68:a\tb`, 'a control character'],
    [`${md5}:68:a\0b`, 'a control character'],
    [`${md5}:68:${'n'.repeat(256)}`, 'the name has more than 255 bytes'],
    [`${md5}:68:x:abc`, 'a function level is not a number'],
    [`${md5}:68:x::`, 'a function level is not a number'],
    [`${md5}:68:x:1:2:3`, 'more than five fields'],
    [`${md5}:68:${'n'.repeat(1024)}`, 'the line has more than 1024 bytes'],
  ])('refuses %j', (text, problem) => {
    expect(parse(text).problem).toContain(problem);
  });
});
