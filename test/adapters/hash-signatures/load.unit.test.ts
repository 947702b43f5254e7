import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSignatures, loadSignaturesInSteps } from '../../../src/adapters/hash-signatures/load.ts';
import { SignaturesInvalid } from '../../../src/adapters/hash-signatures/pattern-files.ts';
import { readingOf } from '../../../src/adapters/hash-signatures/reading.ts';

const file = (name: string, ...lines: string[]) => ({ name, content: Buffer.from(lines.join('\n')) });
const load = (...files: { name: string; content: Buffer }[]) => loadSignatures(files, '7', 1234);
const bytes = (text: string) => Buffer.from(text);
const matches = (set: ReturnType<typeof load>, text: string) => set.match(readingOf(bytes(text), set.digests));
const line = (algorithm: string, text: string, name: string, size: number | string = bytes(text).length) =>
  `${hash(algorithm, text)}:${size}:${name}`;

describe('loadSignatures', () => {
  it('finds files by MD5, SHA-1 and SHA-256, and no others', () => {
    const set = load(
      file('a.hdb', line('md5', 'one', 'Md5.One')),
      file('b.hsb', line('sha1', 'two', 'Sha1.Two'), line('sha256', 'three', 'Sha256.Three'), ''),
    );
    expect(['one', 'two', 'three', 'four', ''].map((text) => matches(set, text))).toEqual([
      'Md5.One',
      'Sha1.Two',
      'Sha256.Three',
      undefined,
      undefined,
    ]);
    expect(set).toMatchObject({ version: '7', checkedAtMs: 1234, entries: 3 });
  });

  it.each(['md5', 'sha1', 'sha256'])('with %s the size must fit, and * fits all', (algorithm) => {
    const set = load(file('a.hsb', line(algorithm, 'one', 'Wrong.Size', 4), line(algorithm, 'two', 'Any.Size', '*')));
    expect(matches(set, 'one')).toBeUndefined();
    expect(matches(set, 'two')).toBe('Any.Size');
  });

  it('takes the signature of the right size among those of one hash', () => {
    const set = load(
      file('a.hdb', line('md5', 'one', 'Wrong', 4), line('md5', 'one', 'Right'), line('md5', 'one', 'X', 5)),
    );
    expect([matches(set, 'one'), set.entries]).toEqual(['Right', 3]);
  });

  it('skips comments and empty lines, takes CRLF and a missing last line end, counts doubles once', () => {
    const one = line('md5', 'one', 'One');
    const set = load({ name: 'a.hdb', content: bytes(`# comment\r\n\r\n${one}\r\n\n${one}`) });
    expect([matches(set, 'one'), set.entries]).toEqual(['One', 1]);
  });

  it.each([
    ['.fp, same kind of hash', file('w.fp', line('md5', 'one', 'ok')), 0],
    ['.fp of any size', file('w.fp', line('md5', 'one', 'ok', '*')), 0],
    ['.sfp by SHA-1', file('w.sfp', line('sha1', 'one', 'ok')), 1],
    ['.sfp by SHA-256', file('w.sfp', line('sha256', 'one', 'ok')), 1],
  ])('an allowed file never matches: %s', (_, allowed, entries) => {
    const malware = file('a.hdb', line('md5', 'one', 'One'));
    const set = load(allowed, malware);
    expect([matches(set, 'one'), set.entries]).toEqual([undefined, entries]);
  });

  it('an allow list of another size allows nothing', () => {
    const set = load(file('a.hdb', line('md5', 'one', 'One')), file('w.fp', line('md5', 'one', 'ok', 4)));
    expect([matches(set, 'one'), set.entries]).toEqual(['One', 1]);
  });

  it('says which digests it wants besides SHA-256, those of its allow lists included', () => {
    const sha256 = file('a.hsb', line('sha256', 'two', 'Two'));
    const algorithms = (set: ReturnType<typeof load>) => set.digests.map(({ algorithm }) => algorithm);
    expect(load(sha256).digests).toEqual([]);
    expect(algorithms(load(sha256, file('b.hdb', line('md5', 'one', 'One'))))).toEqual(['md5']);
    expect(algorithms(load(sha256, file('w.sfp', line('sha1', 'one', 'ok'))))).toEqual(['sha1']);
  });

  it('a digest is taken only of a file whose size some signature is for', () => {
    const { digests } = load(file('b.hdb', line('md5', 'one', 'One')), file('w.sfp', line('sha1', 'four', 'ok')));
    const taken = (text: string) => Object.keys(readingOf(bytes(text), digests));
    expect(taken('two')).toEqual(['size', 'sha256', 'md5']);
    expect(taken('five')).toEqual(['size', 'sha256', 'sha1']);
    expect(taken('three')).toEqual(['size', 'sha256']);
    const any = load(file('a.hsb', line('sha1', 'two', 'Two', '*'))).digests;
    expect(readingOf(bytes('something'), any).sha1).toHaveLength(40);
  });

  it('a digest that is missing is a defect that shows, and only where a signature of that size needs it', () => {
    const set = load(file('a.hdb', line('md5', 'one', 'One')), file('b.hsb', line('sha256', 'two', 'Two', '*')));
    const read = (size: number, text: string) => ({ size, sha256: hash('sha256', text) });
    expect(() => set.match(read(3, 'x'))).toThrow('no md5');
    expect(set.match(read(4, 'x'))).toBeUndefined();
    expect(set.match(read(4, 'two'))).toBe('Two');
  });

  it('has no entries without signatures', () => {
    expect(load().entries).toBe(0);
    expect(load(file('a.hdb', '# nothing'), file('w.fp', line('md5', 'x', 'ok'))).entries).toBe(0);
  });

  it.each([
    [
      'a bad line, by file and line',
      [file('ok.hdb', ''), file('b.hsb', '#', line('md5', 'x', 'X'), 'oops')],
      '"b.hsb" line 3',
    ],
    ['a bad allow list', [file('w.fp', 'oops')], '"w.fp" line 1'],
    ['another kind of file', [file('a.ndb', '')], '"a.ndb" is no .hdb, .hsb, .fp or .sfp file'],
    ['a file without extension', [file('hdb', '')], '"hdb" is no'],
    ['rubbish', [{ name: 'a.hdb', content: Buffer.alloc(5000, 0xfe) }], 'the line has more than 1024 bytes'],
    ['one hash with a thousand sizes', [file('a.hdb', ...manySizes(1100))], 'the same or nearly the same hash'],
  ])('refuses %s', (_, files, message) => {
    expect(() => load(...files)).toThrow(SignaturesInvalid);
    expect(() => load(...files)).toThrow(message);
  });

  it('refuses more signatures, and more bytes, than allowed', () => {
    const files = [file('a.hdb', line('md5', 'one', 'One'), line('md5', 'two', 'Two'))];
    expect(() => loadSignatures(files, '1', 0, { signaturesMax: 1 })).toThrow(
      'line 2: there are more than 1 signatures',
    );
    expect(() => loadSignatures(files, '1', 0, { patternBytesMax: 10 })).toThrow('more than the allowed 10');
    expect(loadSignatures(files, '1', 0, { signaturesMax: 2 }).entries).toBe(2);
  });

  it('agrees with a plain map on any set of signatures', () => {
    const text = fc.constantFrom(...Array.from({ length: 30 }, (_, i) => `text ${i % 7 ? i : 'x'.repeat(i)}`));
    const signature = fc.record({ text, algorithm: fc.constantFrom('md5', 'sha1', 'sha256'), any: fc.boolean() });
    fc.assert(
      fc.property(fc.array(signature, { maxLength: 60 }), fc.array(signature, { maxLength: 5 }), (malware, allowed) => {
        const lines = (list: typeof malware) =>
          list.map((entry) => line(entry.algorithm, entry.text, 'M', entry.any ? '*' : undefined));
        const set = load(file('a.hdb', ...lines(malware)), file('a.sfp', ...lines(allowed)));
        const has = (list: typeof malware, wanted: string) => list.some((entry) => entry.text === wanted);
        for (let i = 0; i < 30; i++) {
          const wanted = `text ${i % 7 ? i : 'x'.repeat(i)}`;
          const expected = has(malware, wanted) && !has(allowed, wanted) ? 'M' : undefined;
          expect(matches(set, wanted)).toBe(expected);
        }
      }),
    );
  });
});

describe('loadSignaturesInSteps', () => {
  it('gives the same, and lets others run in between', async () => {
    const texts = Array.from({ length: 60_000 }, (_, i) => String(i));
    const files = [file('a.hdb', ...texts.map((text) => line('md5', text, `Name.${text}`)))];
    let turns = 0;
    let loading = true;
    const others = (async () => {
      for (; loading; turns++) await new Promise((resolve) => setImmediate(resolve));
    })();
    const set = await loadSignaturesInSteps(files, '7', 1234);
    loading = false;
    await others;
    expect(turns).toBeGreaterThanOrEqual(3);
    expect(set.entries).toBe(60_000);
    expect(texts.filter((text) => matches(set, text) !== `Name.${text}`)).toEqual([]);
  });

  it('rejects as the other throws', async () => {
    await expect(loadSignaturesInSteps([file('a.hdb', 'oops')], '1', 0)).rejects.toThrow('"a.hdb" line 1');
  });
});

/** The same hash with many sizes. */
function manySizes(count: number): string[] {
  return Array.from({ length: count }, (_, i) => line('md5', 'x', 'X', i + 1));
}
