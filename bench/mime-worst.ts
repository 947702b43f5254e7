/**
 * Time to read the worst mails that can be thought of: node bench/mime-worst.ts. What counts is that ten times as much takes about ten
 * times as long; whatever is quadratic shows at once.
 */
import { unpack } from '../src/adapters/unpack/unpacker.ts';

const LIMITS = {
  partsMax: 10_000,
  depthMax: 17,
  filesMax: 10_000,
  fileBytesMax: 100e6,
  messageBytesMax: 400e6,
  ratioMax: 200,
};
const MB = 1024 * 1024;
const header = 'From: a@example.com\r\nMIME-Version: 1.0\r\n';
const mixed = `${header}Content-Type: multipart/mixed; boundary="b"\r\n\r\n`;
const filled = (head: string, piece: string) => (bytes: number) =>
  Buffer.from(head + piece.repeat(Math.ceil(bytes / piece.length)), 'latin1');

const KINDS: Record<string, (bytes: number) => Buffer> = {
  'lines of dashes': filled(mixed, '--\r\n'),
  'a line of dashes': filled(mixed, '-'),
  'lines like delimiters': filled(mixed, '--bx\r\n'),
  delimiters: filled(mixed, '--b\r\n'),
  'delimiters with CR only': filled(mixed, '--b\r\r'),
  'parts without a blank line': filled(mixed, '--b\r\nx\r\n'),
  'two boundaries': filled(
    `${header}Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n`,
    '--a\r\nx\r\n--b\r\ny\r\n',
  ),
  fields: filled(header, 'Content-Type: multipart/mixed; boundary="b"\r\n'),
  'fields in the text': filled(`${header}\r\nx\r\n`, 'Content-Type: a/b; name=c\r\n\r\nx\r\n'),
  'fields after dashes in the text': filled(`${header}\r\nx\r\n`, '--x\r\nContent-Type: a/b\r\n\r\n'),
  'one field of parameters': filled('Content-Type: multipart/mixed', '; boundary*0*="(b'),
  'lines that are no fields': filled(header, 'no field\r\n'),
  'an open comment': filled('Content-Type: ', '('),
  'nested multiparts': filled(header, 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'),
  'nested messages': filled(header, 'Content-Type: message/rfc822\r\n\r\n'),
  'base64 with junk': filled(`${header}Content-Transfer-Encoding: base64\r\n\r\n`, 'QUI=!QUJD-_\r\n'),
  'encodings of all kinds': filled(
    `${header}Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Transfer-Encoding: x\r\n\r\n`,
    'QUI=3D==\r',
  ),
  'base64 in text': filled(`${header}\r\n`, `${'QUJD'.repeat(19)}\r\n\r\n`),
  'lines with begin': filled(`${header}\r\n`, 'begin 644 x\r\n'),
  'yEnc without data': filled(`${header}\r\n`, '=ybegin name=x\r\n'),
  'BinHex without data': filled(`${header}\r\n`, '(This file must be converted with BinHex 4.0)\r\n'),
  'NUL bytes': filled(mixed, '\0--b\r\n\0'),
  'quoted-printable of CR': filled(`${header}Content-Transfer-Encoding: quoted-printable\r\n\r\n`, '=\r'),
};

const sizes = process.argv.slice(2).map(Number);
const steps = sizes.length > 0 ? sizes : [1, 10, 50];
console.log(
  `| message | ${steps.map((mb) => `${mb} MB`).join(' | ')} | reasons |\n|---|${steps.map(() => '---:|').join('')}---|`,
);
for (const [kind, make] of Object.entries(KINDS)) {
  const times: string[] = [];
  let reasons = '';
  for (const mb of steps) {
    const message = make(mb * MB);
    const start = performance.now();
    const { unscannable, ambiguous } = await unpack(message, LIMITS, AbortSignal.timeout(120_000), () => {});
    times.push(`${(performance.now() - start).toFixed(0)} ms`);
    reasons = [...new Set([...unscannable, ...ambiguous].map(({ reason }) => reason))].join(', ');
  }
  console.log(`| ${kind} | ${times.join(' | ')} | ${reasons} |`);
}
