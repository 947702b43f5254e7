import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { entryFormats } from '../../../src/cli/log-query/entry-format.ts';
import type { LogEntry } from '../../../src/projections/log-entries/entry.ts';

const entry: LogEntry = {
  ...{ id: 'p.1', time: '2026-11-24T10:00:00.000Z', type: 'policy', level: 'warning', subject: 'scan/G' },
  message: { ja: 'マルウェア X', en: 'Malware X' },
  ...{ correlationid: 'G', source: '/sekisho/gateway/mx', servers: ['a:443', 'b:443'], messageId: 'm@x', data: {} },
};
// A malware name, a right-to-left mark, a line end that is none of ours, a terminal's escape sequence.
const evil: LogEntry = {
  ...entry,
  message: { ja: '=1', en: '=cmd\u202ey\n\u001b[2J\u0085"' },
  messageId: '@x',
  data: { n: '\u202e\u001b' },
};

describe('an entry of a log', () => {
  test('in a table', () => {
    const [line] = [...entryFormats.table([entry], 'ja')].map(stripVTControlCharacters);
    expect(line).toBe('2026-11-24T10:00:00.000Z  警告    マルウェア X  scan/G\n');
  });

  test('as JSON, its fields in the order that other programs know', () => {
    const [line = ''] = entryFormats.json([entry], 'ja');
    expect(JSON.parse(line)).toEqual(entry);
    expect(Object.keys(JSON.parse(line))).toEqual([
      'id',
      'time',
      'type',
      'level',
      'message',
      'subject',
      'correlationid',
      'data',
      'source',
      'servers',
      'messageId',
    ]);
  });

  test('as CSV, with a header also when there is nothing', () => {
    const header = 'time,type,level,message,subject,servers,messageId,correlationid,source,id\r\n';
    expect([...entryFormats.csv([], 'en')]).toEqual([header]);
    expect([...entryFormats.csv([entry], 'ja')]).toEqual([
      header,
      '2026-11-24T10:00:00.000Z,policy,警告,マルウェア X,scan/G,a:443 b:443,m@x,G,/sekisho/gateway/mx,p.1\r\n',
    ]);
  });

  test('what came with a mail breaks out of none of them', () => {
    const [line = ''] = [...entryFormats.table([evil], 'en')].map(stripVTControlCharacters);
    expect(line).toContain('=cmd\\u{202e}y\\u{a}\\u{1b}[2J\\u{85}"');
    const [json = ''] = entryFormats.json([evil], 'en');
    expect(json).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(json)).toMatchObject({ message: evil.message, data: evil.data });
    const [, record] = entryFormats.csv([evil], 'en');
    expect(record).toContain(`,"'=cmd\\u{202e}y\\u{a}\\u{1b}[2J\\u{85}""",scan/G,a:443 b:443,'@x,`);
  });
});
