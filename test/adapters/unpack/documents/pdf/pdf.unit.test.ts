import { readFileSync } from 'node:fs';
import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { pdfWith } from '../../../../support/documents.ts';
import { attachment, EICAR, mail } from '../../../../support/mails.ts';
import { filesWith, limits, reasons, unpack } from '../../unpacked.ts';

const scan = (pdf: Buffer, changed = {}) => unpack(mail(attachment('a.pdf', pdf)), changed);
const flate = zlib.deflateSync(EICAR);
const fixture = (name: string) => readFileSync(new URL(`../../../../fixtures/documents/${name}.pdf`, import.meta.url));

describe('encrypted so that everybody can open it (fixtures of pikepdf)', () => {
  test.each(['rc4-40', 'rc4-128', 'aes-128', 'aes-256-r5', 'aes-256-r6', 'aes-128-object-streams', 'object-streams'])(
    '%s: the embedded file is found by its name',
    async (name) => {
      const unpacked = await scan(fixture(name));
      expect(reasons(unpacked)).toEqual([]);
      expect(filesWith(unpacked, EICAR).map((file) => file.path.at(-1))).toEqual(['a.exe']);
    },
  );

  test('with a password: encrypted, and nothing else', async () => {
    expect(reasons(await scan(fixture('password')))).toEqual(['encrypted']);
  });

  test('a file that only says that it is encrypted is read nevertheless', async () => {
    const lying = Buffer.concat([
      pdfWith('a.exe', flate, '/Filter /FlateDecode'),
      Buffer.from('<< /Encrypt 99 0 R >>'),
    ]);
    const unpacked = await scan(lying);
    expect(filesWith(unpacked, EICAR)).toHaveLength(1);
    expect(reasons(unpacked)).toEqual(['encrypted']);
  });
});

describe('every way to write a stream', () => {
  const hex = (bytes: Buffer) => Buffer.from(`${bytes.toString('hex').replace(/..../g, '$& \n')}>`);
  const stored = Buffer.concat([Buffer.from([EICAR.length - 1]), EICAR, Buffer.from([128])]);
  const raw = zlib.deflateRawSync(EICAR);
  const wrongSum = Buffer.concat([flate.subarray(0, -4), Buffer.from('beef')]);
  const changed = (from: string, to: string) => (pdf: Buffer) =>
    Buffer.from(pdf.toString('latin1').replace(from, to), 'latin1');
  const plain = pdfWith('a.exe', flate, '/Filter /FlateDecode');

  test.each<readonly [string, Buffer]>([
    ['short names in a row', pdfWith('a.exe', hex(flate), '/Filter [/AHx /Fl]')],
    ['run lengths', pdfWith('a.exe', stored, '/Filter /RunLengthDecode')],
    ['escaped names', pdfWith('a.exe', flate, '/F#69lter /Flate#44ecode')],
    ['a comment among them', pdfWith('a.exe', flate, '/Filter % >> stream\n /FlateDecode')],
    ['the keyword in a string', pdfWith('a.exe', flate, '/X (>>stream\n) /Filter /FlateDecode')],
    ['a wrong checksum', pdfWith('a.exe', wrongSum, '/Filter /FlateDecode')],
    ['no zlib header', pdfWith('a.exe', raw, '/Filter /FlateDecode')],
    ['no filter said', pdfWith('a.exe', flate, '')],
    [
      'a filter elsewhere',
      pdfWith('a.exe', flate, '/Filter 9 0 R', '>>\nendobj\n9 0 obj /FlateDecode endobj\n3 0 obj <<'),
    ],
    ['a wrong length', changed('/Length ', '/Length 9')(plain)],
    ['a length elsewhere', changed('/Length ', '/Length 7 0 R /X ')(plain)],
    ['no length', changed('/Length ', '/Nothing ')(plain)],
    ['no end', changed('endstream', '')(plain)],
    ['junk before it', Buffer.concat([Buffer.alloc(900, 'x'), plain])],
    [
      'said to be an image',
      changed('/EmbeddedFile', '/XObject /Subtype /Image')(pdfWith('a.exe', flate, '/Filter /FlateDecode')),
    ],
    ['an update', Buffer.concat([pdfWith('a.exe', Buffer.from('harmless'), ''), plain])],
    ['an older version', Buffer.concat([plain, pdfWith('a.exe', Buffer.from('harmless'), '')])],
  ])('%s', async (_title, pdf) => {
    const unpacked = await scan(pdf);
    expect(filesWith(unpacked, EICAR)).not.toEqual([]);
    expect(reasons(unpacked)).toEqual([]);
  });
});

describe('no false alarm', () => {
  const withStream = (dictionary: string, data: Buffer) =>
    Buffer.concat([
      Buffer.from(`%PDF-1.4\n1 0 obj\n<< ${dictionary} /Length ${data.length} >>\nstream\n`),
      data,
      Buffer.from('\nendstream\nendobj\n'),
    ]);

  test('a drawing that is damaged, of a kind that is not known, or empty', async () => {
    const damaged = Buffer.from(flate.map((byte, at) => (at > 20 ? byte ^ 0x55 : byte)));
    for (const pdf of [
      withStream('/Filter /FlateDecode', damaged),
      withStream('/Filter /JBIG2Decode', damaged),
      withStream('/Filter /FlateDecode', Buffer.alloc(0)),
      pdfWith('a.exe', flate, '/Filter /FlateDecode').subarray(0, -120),
    ]) {
      expect(reasons(await scan(pdf))).toEqual([]);
    }
  });

  test('an embedded file that cannot be unpacked is damaged', async () => {
    const damaged = Buffer.from(flate.map((byte, at) => (at > 2 ? byte ^ 0x55 : byte)));
    expect(reasons(await scan(pdfWith('a.exe', damaged, '/Filter /FlateDecode')))).toEqual(['damaged']);
  });

  test('white pages, thousands of times smaller than they are; a bomb in other streams is told', async () => {
    const pages = zlib.deflateSync(Buffer.alloc(30_000_000, 0xff));
    const image = withStream('/Type /XObject /Subtype /Image /Filter /FlateDecode', pages);
    expect(reasons(await scan(image))).toEqual([]);
    expect(reasons(await scan(withStream('/Filter /FlateDecode', pages)))).toEqual(['ratio']);
  });

  test('a book of more pages than files are allowed; a program among them is still found', async () => {
    const page = (i: number) => withStream('', Buffer.from(`BT (page ${i}) Tj ET`));
    const program = Buffer.from('MZ: a program at the very end');
    const pages = Array.from({ length: limits.filesMax + 1000 }, (_, i) => page(i));
    const unpacked = await scan(Buffer.concat([...pages, withStream('', program)]));
    expect(reasons(unpacked)).toEqual([]);
    expect(filesWith(unpacked, program)).toHaveLength(1);
  });
});
