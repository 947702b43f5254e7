import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { attachment, EICAR, mail, textPart } from '../../../support/mails.ts';
import { filesWith, reasons, unpack } from '../unpacked.ts';

const BEGIN = '-----BEGIN PGP MESSAGE-----';
const END = '-----END PGP MESSAGE-----';
/** A packet in the new format (RFC 9580, 4.2.1), its body in pieces where it is long enough. */
function packet(tag: number, body: Buffer): Buffer {
  if (body.length < 100) return Buffer.concat([Buffer.from([0xc0 | tag, body.length]), body]);
  const pieces = [Buffer.from([0xc0 | tag, 224 + 6]), body.subarray(0, 64)];
  const rest = body.subarray(64);
  return Buffer.concat([...pieces, Buffer.from([255, 0, 0, rest.length >> 8, rest.length & 255]), rest]);
}
const literal = packet(11, Buffer.concat([Buffer.from([0x62, 5]), Buffer.from('a.exe'), Buffer.alloc(4), EICAR]));
const armored = (message: Buffer) =>
  `${BEGIN}\r\nVersion: 1\r\n\r\n${message.toString('base64')}\r\n=AAAA\r\n${END}\r\n`;
const text = (body: string) => mail(textPart(body));

describe('what is not encrypted is read', () => {
  test.each([
    ['literal', literal],
    ['ZIP', packet(8, Buffer.concat([Buffer.from([1]), zlib.deflateRawSync(literal)]))],
    ['ZLIB', packet(8, Buffer.concat([Buffer.from([2]), zlib.deflateSync(literal)]))],
    [
      'compressed twice',
      packet(
        8,
        Buffer.concat([
          Buffer.from([2]),
          zlib.deflateSync(packet(8, Buffer.concat([Buffer.from([1]), zlib.deflateRawSync(literal)]))),
        ]),
      ),
    ],
  ])('%s', async (_title, message) => {
    for (const unpacked of [await unpack(mail(attachment('a.gpg', message))), await unpack(text(armored(message)))]) {
      expect(filesWith(unpacked, EICAR).map(({ path }) => path.at(-1))).toContain('a.exe');
      expect(reasons(unpacked)).toEqual([]);
    }
  });
});

test('what is encrypted is reported', async () => {
  const message = Buffer.concat([
    packet(3, Buffer.from([4, 9, 3, 8, 1, 2, 3, 4, 5, 6, 7, 8, 96])),
    packet(18, Buffer.concat([Buffer.from([1]), Buffer.alloc(60, 7)])),
  ]);
  expect(reasons(await unpack(mail(attachment('a.gpg', message))))).toEqual(['encrypted']);
  expect(reasons(await unpack(text(armored(message))))).toEqual(['encrypted']);
});

test.each([
  ['a text about armor', `The armor begins with\r\n${BEGIN}\r\nand ends with\r\n${END}\r\n`],
  ['armor that is quoted', `> ${BEGIN}\r\n> \r\n> ...\r\n> ${END}\r\n`],
  ['a signature', '-----BEGIN PGP SIGNATURE-----\r\n\r\nwnUEABYKACcFAmc=\r\n=AAAA\r\n-----END PGP SIGNATURE-----\r\n'],
  ['many beginnings', `${BEGIN}\r\n`.repeat(3000)],
])('nothing: %s', async (_title, body) => {
  expect(reasons(await unpack(text(body)))).toEqual([]);
});
