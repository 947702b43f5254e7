import { hash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockAt, firstRolling, roll } from '../../../src/adapters/sample-signatures/block.ts';
import { signatureOf } from '../../../src/adapters/sample-signatures/choose-block.ts';
import { loadSamplesEngine } from '../../../src/adapters/sample-signatures/load-engine.ts';
import { formatSampleLine, parseSampleLine } from '../../../src/adapters/sample-signatures/sample-line.ts';
import { readSamples, tableOf } from '../../../src/adapters/sample-signatures/sample-table.ts';

function signature(sample: Uint8Array, name: string) {
  const made = signatureOf(sample, name);
  if (made === undefined) throw new Error(`${name} has no block`);
  return made;
}

const samples = [200, 64, 5000, 70_000].map((size) => randomBytes(size));
const named = samples.map((sample, index) => signature(sample, `Sample.${index}`));
/** Through text, as in a pattern. */
const read = readSamples([
  { name: 'a.shs', content: Buffer.from(`# made\n\n${named.map(formatSampleLine).join('')}`) },
]);
const engine = loadSamplesEngine(tableOf(read));
const anyBytes = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes));

describe('samples within contents', () => {
  test('lines keep every field', () => {
    expect(read).toEqual(named);
    expect(named.map(({ size }) => size)).toEqual([200, 64, 5000, 70_000]);
  });

  test('a sample is found at any place, alone and with others', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, fc.nat(3), fc.nat(3), (before, after, one, other) => {
        const content = Buffer.concat([before, samples[one] as Buffer, after, samples[other] as Buffer]);
        const found = new Set(engine.match(content) as string[]);
        expect(found).toEqual(new Set([`Sample.${one}`, `Sample.${other}`]));
      }),
      { numRuns: 200 },
    );
  });

  test('with one byte changed, cut short, or only its block, it is no match', () => {
    fc.assert(
      fc.property(fc.nat(4999), anyBytes, (at, around) => {
        const changed = Buffer.from(samples[2] as Buffer);
        changed[at] = ((changed[at] as number) + 1) & 255;
        expect(engine.match(Buffer.concat([around, changed, around]))).toEqual([]);
        expect(engine.match((samples[2] as Buffer).subarray(0, 4999))).toEqual([]);
      }),
    );
    expect(engine.match(new Uint8Array(63))).toEqual([]);
  });

  test('the rolling hash is that of each place', () => {
    const content = randomBytes(1000);
    let rolling = firstRolling(content, 0);
    for (let at = 1; at + 64 <= content.length; at++) {
      rolling = roll(rolling, content[at - 1] as number, content[at + 63] as number);
      expect(rolling >>> 0).toBe(blockAt(content, at).rolling);
    }
  });

  test('samples that share their block are told apart', () => {
    const head = randomBytes(64);
    const twins = ['A', 'B'].map((name) => Buffer.concat([head, Buffer.alloc(5000, name)]));
    const table = tableOf(twins.map((twin, index) => signature(twin, `Twin.${index}`)));
    expect(loadSamplesEngine(table).match(Buffer.concat(twins))).toEqual(['Twin.0', 'Twin.1']);
    expect(loadSamplesEngine(table).match(twins[1] as Buffer)).toEqual(['Twin.1']);
  });

  test('the block is none of fill, and a sample of fill has none', () => {
    const block = randomBytes(80);
    const filled = signature(Buffer.concat([Buffer.alloc(9000), block, Buffer.alloc(9000)]), 'Filled');
    expect(filled.offset).toBeGreaterThan(8900);
    expect(filled.offset).toBeLessThan(9080);
    expect(signatureOf(Buffer.alloc(9000, 'ab'), 'Fill')).toBeUndefined();
    expect(signatureOf(randomBytes(63), 'Short')).toBeUndefined();
  });

  test('what is made of blocks so that everything is hashed is not matched, instead of slow', () => {
    const large = signature(Buffer.concat([randomBytes(64), Buffer.alloc(1_000_000)]), 'Large');
    const block = Buffer.concat([randomBytes(64), Buffer.alloc(1_000_000)]);
    const victim = signature(block, 'Victim');
    const evil = Buffer.concat([
      ...Array.from({ length: 1000 }, () => block.subarray(0, 64)),
      Buffer.alloc(1_000_000, 1),
    ]);
    expect(() => loadSamplesEngine(tableOf([large, victim])).match(evil)).toThrow('too-slow');
  });
});

describe('bad lines', () => {
  const good = formatSampleLine(named[0] as (typeof named)[0]).trim();
  test.each([
    ['no fields', 'x'],
    ['a short hash', good.slice(1)],
    ['size 0', `${hash('sha256', '')}:0:0:0000000000000000:n`],
    ['a block beyond its end', good.replace(/^(\w+):200:\d+/, '$1:200:137')],
    ['a size over 100 MiB', good.replace(':200:', ':104857601:')],
    ['no name', good.replace(/[^:]+$/, '')],
    ['a control character', `${good}\u0007`],
  ])('%s: the file is refused with its line', (_, line) => {
    expect(parseSampleLine(line)).toBeUndefined();
    expect(() => readSamples([{ name: 'b.shs', content: Buffer.from(`${good}\n${line}\n`) }])).toThrow(
      '"b.shs" line 2',
    );
  });
});
