import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameData } from '../../../src/adapters/next-hop/data-framing.ts';

/** Bytes that matter and some that do not, so that short arrays meet every case. */
const nastyText = fc
  .array(fc.constantFrom('\r\n', '\r', '\n', '.', 'a', '\0', 'long'.repeat(20)), { maxLength: 12 })
  .map((all) => all.join(''));
const crlfText = fc
  .array(fc.constantFrom('\r\n', '.', 'a', '\0', '\r\n.', 'long '.repeat(30)), { maxLength: 40 })
  .map((all) => all.join(''));

function cut(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...cuts.map((at) => Math.min(at, bytes.length)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

function framed(content: readonly Uint8Array[]): string | undefined {
  const result = frameData(content);
  return 'smuggled' in result ? undefined : Buffer.concat(result.wire).toString('latin1');
}

/** What a strict server makes of it (RFC 5321 4.5.2). */
function readStrictly(wire: string): string {
  const end = `\r\n${wire}`.indexOf('\r\n.\r\n');
  expect(end).toBe(wire.length - 3);
  return wire.slice(0, end).replace(/(^|\r\n)\./g, '$1');
}

/** Servers that were or are out there: what ends a line for them, and what they drop before looking. */
const lenientServers = [/\r\n/, /\r\n|\n/, /\r\n|\r/, /\r\n|\r|\n/].flatMap((lineEnd) =>
  [/(?!)/g, /\0/g, /\r(?!\n)/g, /\r/g, /[\0\r]/g].map((dropped) => ({ lineEnd, dropped })),
);

test('content without dots at line starts is written as it is, without a copy', () => {
  const content = [Buffer.from('Subject: a.b\r\n'), Buffer.from('\r\nText.\r\n')];
  const result = frameData(content);
  if ('smuggled' in result) throw new Error('refused');
  expect(result.wire.slice(0, 2).map((chunk) => chunk.buffer)).toEqual(content.map((chunk) => chunk.buffer));
  expect(Buffer.concat(result.wire).toString()).toBe('Subject: a.b\r\n\r\nText.\r\n.\r\n');
});

test.each([
  ['a lone dot', '.\r\n', '..\r\n.\r\n'],
  ['dots at line starts', 'a\r\n.b\r\n..\r\n', 'a\r\n..b\r\n...\r\n.\r\n'],
  ['no line end at the end', 'a', 'a\r\n.\r\n'],
  ['a bare LF at the end', 'a\n', 'a\n\r\n.\r\n'],
  ['a bare CR at the end', 'a\r', 'a\r\r\n.\r\n'],
  ['nothing', '', '.\r\n'],
  [
    'a dot after a bare LF that is not alone stays: some servers would leave a second one in',
    'a\n.b\r\n',
    'a\n.b\r\n.\r\n',
  ],
])('%s', (_, content, wire) => {
  expect(framed([Buffer.from(content)])).toBe(wire);
});

describe('SMTP smuggling', () => {
  const ends = ['\n.\n', '\n.\r', '\n.\r\n', '\r.\r', '\r.\n', '\r.\r\n', '\r\n\0.\r\n', '\n.\0\n', '\n\0.\r\n'];
  test.each(ends)('%j is refused', (end) => {
    expect(framed([Buffer.from(`a\r\n${'b'.repeat(3)}${end}MAIL FROM:<x@y>\r\n`)])).toBeUndefined();
    expect(framed([Buffer.from(`a${end}`)])).toBeUndefined();
  });

  test('a loose dot at the very end is refused: the line end that is added would complete it', () => {
    expect(framed([Buffer.from('a\n.')])).toBeUndefined();
  });

  test('whatever is let through ends at its end, for strict and lenient servers', () => {
    fc.assert(
      fc.property(nastyText, (text) => {
        const wire = framed([Buffer.from(text, 'latin1')]);
        if (wire === undefined) return;
        expect(['', '\r\n'].map((end) => text + end)).toContain(readStrictly(wire));
        for (const { lineEnd, dropped } of lenientServers) {
          const lines = wire.replace(dropped, '').split(lineEnd);
          expect(lines.slice(0, -2)).not.toContain('.');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('content with CRLF line ends is never refused and comes out byte for byte, however it is cut', () => {
  fc.assert(
    fc.property(crlfText, fc.array(fc.nat(600), { maxLength: 6 }), (text, cuts) => {
      fc.pre(!/\r\n\0+\.\0*\r\n|\r\n\0+\.\0*$|^\0+\.\0*(\r\n|$)/.test(text));
      const wire = framed(cut(text, cuts));
      expect(wire).toBeDefined();
      expect(['', '\r\n'].map((end) => text + end)).toContain(readStrictly(wire ?? ''));
    }),
    { numRuns: 2000 },
  );
});

test('for a server that is known to be strict nothing is refused, and a strict one reads what was sent', () => {
  fc.assert(
    fc.property(nastyText, fc.array(fc.nat(20), { maxLength: 6 }), (text, cuts) => {
      const result = frameData(cut(text, cuts), 'keep');
      const wire = 'smuggled' in result ? '' : Buffer.concat(result.wire).toString('latin1');
      expect(['', '\r\n'].map((end) => text + end)).toContain(readStrictly(wire));
    }),
    { numRuns: 5000 },
  );
});

test('cuts change nothing, neither what is written nor what is refused', () => {
  fc.assert(
    fc.property(nastyText, fc.array(fc.nat(20), { maxLength: 6 }), (text, cuts) => {
      expect(framed(cut(text, cuts))).toBe(framed([Buffer.from(text, 'latin1')]));
    }),
    { numRuns: 5000 },
  );
});

test('10 MB of dots on lines of their own are stuffed without a piece of memory for each', () => {
  const content = Buffer.from('.\r\n'.repeat(3_300_000));
  const result = frameData([content]);
  if ('smuggled' in result) throw new Error('refused');
  expect(result.wire.length).toBe(2);
  expect(result.wire[0]?.length).toBe(3_300_000 * 4);
});
