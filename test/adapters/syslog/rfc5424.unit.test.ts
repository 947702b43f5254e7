import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SyslogMessage, type SyslogSender, syslogMessage } from '../../../src/adapters/syslog/rfc5424.ts';
import { printable } from '../../../src/events/printable.ts';

const sender: SyslogSender = { facility: 'mail', host: 'mx1.example', app: 'sekisho', process: 7, bytesMax: 2048 };
const message: SyslogMessage = {
  level: 'information',
  time: '2026-11-24T01:02:03.004Z',
  id: 'message',
  data: [['queueId', '4cXyZ']],
  text: 'clean, passed: 250 Ok',
};
const made = (more: Partial<SyslogMessage>, from: Partial<SyslogSender> = {}) =>
  syslogMessage({ ...sender, ...from }, { ...message, ...more });

/** The grammar of RFC 5424 6, written down here once more and read byte by byte. */
function parsed(bytes: Buffer) {
  const latin = bytes.toString('latin1');
  const header =
    /^<(\d{1,3})>1 (\S+) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) /.exec(
      latin,
    );
  if (header === null) throw new Error(`no header: ${latin}`);
  const [whole, pri, time, host, app, process, id] = header;
  let at = whole.length;
  const data: [string, string][] = [];
  if (latin[at] === '-') at += 1;
  else {
    const name = /\[([!#-<>-\\^-~]{1,32})/y;
    name.lastIndex = at;
    const found = name.exec(latin);
    if (found === null) throw new Error(`no structured data: ${latin.slice(at)}`);
    at = name.lastIndex;
    while (latin[at] === ' ') {
      const parameter = / ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"/y;
      parameter.lastIndex = at;
      const next = parameter.exec(latin);
      if (next === null) throw new Error(`no parameter: ${latin.slice(at)}`);
      at = parameter.lastIndex;
      const value = Buffer.from((next[2] ?? '').replace(/\\(.)/g, '$1'), 'latin1');
      data.push([next[1] ?? '', new TextDecoder('utf-8', { fatal: true }).decode(value)]);
    }
    if (latin[at] !== ']') throw new Error(`structured data does not end: ${latin.slice(at)}`);
    at += 1;
  }
  const body = bytes.subarray(at + 1);
  const hasMark = body.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body);
  return { pri: Number(pri), time, host, app, process, id, data, hasMark, text };
}

describe('a message of RFC 5424', () => {
  test('as a whole', () => {
    expect(made({}).toString()).toBe(
      '<22>1 2026-11-24T01:02:03.004Z mx1.example sekisho 7 message [sekisho@32473 queueId="4cXyZ"] clean, passed: 250 Ok',
    );
  });

  test.each([
    ['kern', 'error', 3],
    ['mail', 'warning', 20],
    ['local7', 'information', 190],
  ] as const)('facility %s and level %s are PRI %d', (facility, level, pri) => {
    expect(parsed(made({ level }, { facility })).pri).toBe(pri);
  });

  test('quotes, backslashes and brackets in values are escaped, control characters and marks are shown', () => {
    const value = 'a"b\\c]d[e=f\ng\u202eh\u0000 日本';
    const bytes = made({ data: [['from', value]] });
    expect(bytes.toString()).toContain('from="a\\"b\\\\c\\]d[e=f\\\\u{a}g\\\\u{202e}h\\\\u{0} 日本"');
    expect(parsed(bytes).data).toEqual([['from', printable(value)]]);
  });

  test('text of more than ASCII begins with a byte order mark, other text does not', () => {
    expect(parsed(made({ text: 'スキャンサービス' }))).toMatchObject({ hasMark: true, text: 'スキャンサービス' });
    expect(parsed(made({ text: 'ascii' }))).toMatchObject({ hasMark: false, text: 'ascii' });
  });

  test('without data and text it is a message all the same', () => {
    expect(parsed(made({ data: [], text: '' }))).toMatchObject({ data: [], text: '' });
  });

  test('whatever is in it, it is read again, on one line, and no longer than allowed', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 3000 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('from', 'to', 'malware', 'reply'), anyText), { maxLength: 16 }),
        anyText,
        fc.integer({ min: 480, max: 4096 }),
        (data, text, bytesMax) => {
          const bytes = made({ data, text }, { bytesMax });
          expect(bytes.length).toBeLessThanOrEqual(bytesMax);
          expect([...bytes].filter((byte) => byte < 0x20 || byte === 0x7f)).toEqual([]);
          const seen = parsed(bytes);
          expect(printable(text).startsWith(seen.text)).toBe(true);
          for (const [index, [name, value]] of seen.data.entries()) {
            const given = data[index];
            expect(name).toBe(given?.[0]);
            const whole = printable(given?.[1] ?? '');
            expect(value === whole || (value.endsWith('...') && whole.startsWith(value.slice(0, -3)))).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a long value gives way before the text does', () => {
    const seen = parsed(
      made(
        {
          data: [
            ['to', 'x'.repeat(5000)],
            ['guid', 'A'],
          ],
          text: 'y'.repeat(150),
        },
        { bytesMax: 480 },
      ),
    );
    expect(seen.text).toBe('y'.repeat(150));
    expect(seen.data.map(([name]) => name)).toEqual(['to', 'guid']);
  });
});
