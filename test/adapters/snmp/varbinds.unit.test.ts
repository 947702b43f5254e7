import { expect, test } from 'vitest';
import { longTextOctetsMax, objectOid, textOctetsMax } from '../../../src/adapters/snmp/mib.ts';
import { cutText, dateAndTime, varbindsOf } from '../../../src/adapters/snmp/varbinds.ts';
import { order } from './orders.ts';

const valueIn = (name: Parameters<typeof objectOid>[0], given: ReturnType<typeof order>) =>
  varbindsOf('malware', given).find(({ oid }) => oid === objectOid(name))?.value;

test('every object of the kind is there, in the order of the MIB, with the right type', () => {
  const all = varbindsOf('server-unavailable', order('x'));
  expect(all.map(({ oid }) => Number(oid.split('.').at(-2)))).toEqual([1, 2, 3, 4, 5, 8, 6, 7, 9, 10, 11]);
  expect(all.map(({ value }) => (Buffer.isBuffer(value) ? 'octets' : value))).toEqual([
    ...['mx1', 'octets', 'octets', 'abc.1/server-unavailable', 3, 2],
    'お使いのサーバではSmart Protectionサービスが利用できません',
    'Smart Protection Serverのファイルレピュテーションサービス (sps.example.org) が300秒間利用できません。\nmx1\n',
    ...['sps.example.org', 'sps.example.org:443', 300],
  ]);
});

test('what came from a mail is escaped, and what is missing is empty or 0', () => {
  const mail = order('x', { kind: 'malware', values: { malware: 'Evil\u202egpj.exe\r\nX: y', file: '' } });
  expect(valueIn('sekishoMalwareName', mail)).toBe('Evil\\u{202e}gpj.exe\\u{d}\\u{a}X: y');
  expect(valueIn('sekishoScan', mail)).toBe('');
  const server = varbindsOf('server-unavailable', order('x', { values: { seconds: 'many' } }));
  expect(server.at(-1)?.value).toBe(0);
});

test('texts are cut between characters at the octets that the MIB allows', () => {
  const long = '関'.repeat(3000);
  const mail = {
    ...order('x', { kind: 'malware', values: { file: long } }),
    text: { subject: `x${long}`, body: long },
  };
  expect(valueIn('sekishoFile', mail)).toBe('関'.repeat(textOctetsMax / 3));
  expect(valueIn('sekishoSummary', mail)).toBe(`x${'関'.repeat(84)}`);
  expect(Buffer.byteLength(String(valueIn('sekishoBody', mail)))).toBe(longTextOctetsMax - 1);
  expect(cutText('a😀', 4)).toBe('a');
  expect(cutText('a😀', 5)).toBe('a😀');
});

test('numbers stay within their types', () => {
  const days = (text: string) =>
    varbindsOf('certificate-near-its-end', order('x', { values: { days: text } })).find(
      ({ oid }) => oid === objectOid('sekishoDays'),
    )?.value;
  expect([days('-3'), days('20.6'), days('1e30')]).toEqual([-3, 21, 2 ** 31 - 1]);
  const seconds = varbindsOf('server-unavailable', order('x', { values: { seconds: '-5' } })).at(-1);
  expect(seconds?.value).toBe(0);
});

test('times are DateAndTime of RFC 2579, in UTC', () => {
  expect(dateAndTime('2026-11-24T15:04:05.678Z')).toEqual(Buffer.from([0x07, 0xea, 11, 24, 15, 4, 5, 6, 43, 0, 0]));
  expect(dateAndTime('yesterday')).toHaveLength(11);
});
