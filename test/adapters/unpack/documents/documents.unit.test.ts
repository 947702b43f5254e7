import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  cardWith,
  compoundFile,
  flashWith,
  htmlWith,
  mailboxOf,
  ole1Object,
  oneNoteWith,
  packaged,
  pdfWith,
  propertyListWith,
  rtfWith,
  tnefWith,
  wordWith,
} from '../../../support/documents.ts';
import { attachment, EICAR, mail, multipart, textPart, zip } from '../../../support/mails.ts';
import { filesWith, reasons, unpack } from '../unpacked.ts';

/** A film compressed with LZMA, as Python's lzma module makes it; within is EICAR. */
const LZMA_FILM = Buffer.from(
  'WldTDXENAADOAAAAXQAAgAAABAAwyxgHPeBIb9QO+0srkKhZNUN4WK14PnTarfTtLmCe9U/CaLpJP//hxgpSnudkZ+65Cwt+c//5/+YnW5FiRUNtUtO82mdTTygVknSxUiOWQi2QbWqC03HRRLLDA/SFNy1kuLl9Gz4/Hm0Ot2UdbuBkYkeI3GwsGsLGMHMb++xyMacrXM93lK4WpV1j94CFFvWaptT99Tkys1h5RPla/x+uvAKjNHJah1h2QW8pp2PvX6sETlha3xFWKKfH1b3bwpy6LZRP0N//MzK6AA==',
  'base64',
);
const sized = (content: Buffer) => Buffer.concat([Buffer.from(Uint32Array.of(content.length).buffer), content]);
const long = Buffer.concat([EICAR, Buffer.alloc(5000, 'x')]);

/** Every kind of document with EICAR within, and where it is. */
const documents: readonly (readonly [title: string, document: Buffer, name: string])[] = [
  ['doc with a packaged file', wordWith('clam.exe', EICAR), 'clam.exe'],
  [
    'compound file, short stream',
    compoundFile([
      ['one', Buffer.from('1')],
      ['two', EICAR],
    ]),
    'two',
  ],
  ['PowerPoint with a packed object', powerPoint(wordWith('a.exe', EICAR)), 'a.exe'],
  [
    'Outlook message',
    compoundFile([
      ['__substg1.0_3707001F', Buffer.from('a.exe', 'utf16le')],
      ['__substg1.0_37010102', EICAR],
    ]),
    'a.exe',
  ],
  ['RTF, packaged', rtfWith(ole1Object('Package', packaged('a.exe', EICAR))), 'a.exe'],
  ['RTF, compound file', rtfWith(ole1Object('Word.Document.8', wordWith('a.exe', EICAR))), 'a.exe'],
  [
    'RTF, \\bin',
    rtfWith(Buffer.from('{\\bin68 '), (hex) =>
      Buffer.concat([Buffer.from(hex, 'hex'), EICAR, Buffer.from('}')]).toString('latin1'),
    ),
    'object-1',
  ],
  ['PDF', pdfWith('a.exe', EICAR, ''), 'a.exe'],
  ['PDF, Flate', pdfWith('a.exe', zlib.deflateSync(EICAR), '/Filter /FlateDecode'), 'a.exe'],
  ['OneNote', oneNoteWith(EICAR), 'embedded-1'],
  ['TNEF', tnefWith('a long name.exe', EICAR), 'a long name.exe'],
  ['Flash', flashWith(EICAR, false), 'binary-1'],
  ['Flash, zlib', flashWith(EICAR, true), 'binary-1'],
  ['Flash, LZMA', LZMA_FILM, 'binary-1'],
  ['property list', propertyListWith(EICAR), 'data-0'],
  ['HTML', htmlWith(EICAR), 'encoded-1'],
  ['vCard', cardWith(EICAR), 'encoded-1'],
  ['mailbox', mailboxOf([mail(textPart('one')), mail(multipart([attachment('a.exe', EICAR)]))]), 'a.exe'],
];

function powerPoint(object: Buffer): Buffer {
  const packed = Buffer.concat([sized(object).subarray(0, 4), zlib.deflateSync(object)]);
  const record = Buffer.concat([Buffer.from('10001110', 'hex'), sized(packed)]);
  return compoundFile([['PowerPoint Document', Buffer.concat([Buffer.alloc(40, 2), record, Buffer.alloc(5000, 3)])]]);
}

describe.each(documents)('%s', (_title, document, name) => {
  const found = async (message: Buffer) => {
    const unpacked = await unpack(message);
    expect(reasons(unpacked)).toEqual([]);
    return filesWith(unpacked, EICAR);
  };

  test('alone in a mail', async () => {
    const files = await found(mail(multipart([textPart('text'), attachment('document', document)])));
    expect(files.map((file) => file.path.at(-1))).toContain(name);
  });

  test('in a zip, in a PDF, in a doc, in a page, in a winmail.dat', async () => {
    const holders = [
      zip([{ name: 'x', content: document }]),
      pdfWith('x', zlib.deflateSync(document), '/Filter [/FlateDecode]'),
      wordWith('x', document),
      htmlWith(document),
      tnefWith('x', document),
    ];
    for (const [index, holder] of holders.entries()) {
      expect(await found(mail(attachment('holder', holder))), `holder ${index}`).not.toEqual([]);
    }
  });
});

test('a mail that is nothing but text has one file for it, and no more', async () => {
  const text =
    'From the office: see https://example.com/a/very/long/path/that/goes/on/and/on/for/ever/and/ever/index\n'.repeat(
      50,
    );
  const { files } = await unpack(mail(textPart(text)));
  expect(files.map((file) => file.path.join('/'))).toEqual(['message', 'part-1']);
});

test('what Office encrypted', async () => {
  const fileInformation = Buffer.alloc(5000);
  fileInformation.writeUInt16LE(0x100, 10);
  const workbook = Buffer.concat([
    Buffer.from('0908100000060500', 'hex'),
    Buffer.alloc(12),
    Buffer.from('2f003600', 'hex'),
    Buffer.alloc(5000),
  ]);
  for (const streams of [
    [['EncryptedPackage', long]],
    [['WordDocument', fileInformation]],
    [['Workbook', workbook]],
  ] as const) {
    expect(reasons(await unpack(mail(attachment('a', compoundFile(streams)))))).toEqual(['encrypted']);
  }
});

test('a chain of sectors that goes round: damaged, the other streams are found', async () => {
  const unpacked = await unpack(
    mail(
      attachment(
        'a.doc',
        compoundFile(
          [
            ['a', EICAR],
            ['b', Buffer.alloc(9000, 'b')],
          ],
          true,
        ),
      ),
    ),
  );
  expect(reasons(unpacked)).toEqual(['damaged']);
  expect(filesWith(unpacked, EICAR)).toHaveLength(1);
});

test('source of VBA', async () => {
  const source = Buffer.from('Attribute VB_Name = "ThisDocument"\r\nSub AutoOpen()\r\nShell "calc"\r\nEnd Sub\r\n');
  const tokens: Buffer[] = [];
  for (let at = 0; at < source.length; at += 8) tokens.push(Buffer.from([0]), source.subarray(at, at + 8));
  const chunk = Buffer.concat(tokens);
  const header = Buffer.from(Uint16Array.of(0xb000 | (chunk.length - 1)).buffer);
  const module = Buffer.concat([Buffer.alloc(700, 5), Buffer.from([1]), header, chunk]);
  const unpacked = await unpack(mail(attachment('a.doc', compoundFile([['ThisDocument', module]]))));
  expect(filesWith(unpacked, source).map((file) => file.path.at(-1))).toEqual(['ThisDocument.vba']);
});

test('a body of Outlook in compressed RTF', async () => {
  // Made by the Python package compressed_rtf.
  const body = Buffer.from('LQAAAEQAAABMWkZ1MN1PdBEACSBhIAbgZHkgQG9mIE91dAkAb1xrLA2vDr8OkX0RMA==', 'base64');
  const unpacked = await unpack(mail(attachment('a.msg', compoundFile([['__substg1.0_10090102', body]]))));
  const text = Buffer.from('{\\rtf1\\ansi a body of Outlook, a body of Outlook, a body of Outlook}');
  expect(filesWith(unpacked, text).map((file) => file.path.at(-1))).toEqual(['body.rtf']);
});
