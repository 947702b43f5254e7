import { describe, expect, test } from 'vitest';
import {
  attachment,
  base64Lines,
  EICAR,
  type Entity,
  entityBytes,
  mail,
  multipart,
  nestedMessage,
  textPart,
  zip,
} from '../../support/mails.ts';
import { filesWith, limits, reasons, sha256, type UnpackedFiles, unpack } from './unpacked.ts';

const hello = textPart('Hello,\nsee below.\n');

function partText(message: Buffer, part: { start: number; end: number } | undefined): string {
  return part ? message.toString('latin1', part.start, part.end) : '';
}

describe('a known content is found, with its place, path and part', () => {
  const lf = (message: Buffer) => Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
  const cr = (message: Buffer) => Buffer.from(message.toString('latin1').replaceAll('\r\n', '\r'), 'latin1');
  const raw = (headers: string[], body: string | Buffer): Entity => ({ headers, body: Buffer.from(body) });
  const eicar = attachment('eicar.com', EICAR);
  const simple = mail(multipart([hello, eicar]));
  const b64 = base64Lines(EICAR);
  const octets = 'Content-Type: application/octet-stream';
  const encoded = 'Content-Transfer-Encoding: base64';
  const mails: Record<string, [message: Buffer, place: string, path: string[]]> = {
    'base64 attachment': [simple, 'attachment', ['eicar.com']],
    'quoted-printable attachment': [
      mail(multipart([hello, attachment('e', EICAR, { encoding: 'quoted-printable' })])),
      'attachment',
      ['e'],
    ],
    'binary attachment': [mail(multipart([hello, attachment('e', EICAR, { encoding: '7bit' })])), 'attachment', ['e']],
    'attachment with a line end after it': [
      mail(multipart([hello, attachment('e', Buffer.concat([EICAR, Buffer.from('\r\n')]))])),
      'attachment',
      ['e'],
    ],
    'inline text with CRLF': [mail(textPart(`${EICAR}\n`)), 'inline', ['part-1']],
    'inline text with LF': [lf(mail(textPart(`${EICAR}\n`))), 'inline', ['part-1']],
    'inline text without a line end': [mail(textPart(`${EICAR}`)), 'inline', ['part-1']],
    'inline text with many line ends': [mail(textPart(`${EICAR}\n\n\n`)), 'inline', ['part-1']],
    'the body of a message that is the attachment': [mail(eicar), 'attachment', ['eicar.com']],
    'a part that is not text, without a name': [
      mail(multipart([hello, raw([octets, encoded], b64)])),
      'attachment',
      ['part-2'],
    ],
    'lone LF line ends': [lf(simple), 'attachment', ['eicar.com']],
    'lone CR line ends': [cr(simple), 'attachment', ['eicar.com']],
    'no closing delimiter': [mail(multipart([hello, eicar], { closed: false })), 'attachment', ['eicar.com']],
    preamble: [mail(multipart([hello], { preamble: `${EICAR}` })), 'inline', ['preamble']],
    epilogue: [mail(multipart([hello], { epilogue: `${EICAR}\r\n` })), 'inline', ['epilogue']],
    'a part after the closing delimiter': [
      mail(multipart([hello], { boundary: 'bb', epilogue: `--bb\r\n${octets}\r\n${encoded}\r\n\r\n${b64}\r\n` })),
      'attachment',
      ['part-2'],
    ],
    'no blank line after the header of a part': [
      mail(multipart([raw([], ''), hello], { boundary: 'bb', preamble: `--bb\r\n${octets}\r\n${encoded}\r\n=${b64}` })),
      'attachment',
      ['part-1'],
    ],
    'a garbage line in the header': [
      mail(multipart([raw(['X-A: b', 'garbage', octets, encoded], b64)])),
      'attachment',
      ['part-1'],
    ],
    'contradicting encodings': [
      mail(multipart([raw(['Content-Transfer-Encoding: 7bit', encoded, octets], b64)])),
      'attachment',
      ['part-1'],
    ],
    'contradicting boundaries': [
      Buffer.concat([Buffer.from('Content-Type: multipart/mixed; boundary=other\r\n'), simple]),
      'attachment',
      ['eicar.com'],
    ],
    'no boundary parameter': [
      Buffer.from(simple.toString('latin1').replace(/; boundary="[^"]*"/, '')),
      'attachment',
      ['eicar.com'],
    ],
    'a comment behind the boundary': [
      Buffer.from(simple.toString('latin1').replace(/; boundary="([^"]*)"/, '; boundary=$1 (a comment)')),
      'attachment',
      ['eicar.com'],
    ],
    'a folded header': [
      Buffer.from(simple.toString('latin1').replace('; boundary=', ';\r\n\tboundary=')),
      'attachment',
      ['eicar.com'],
    ],
    'base64 with junk, and data after padding': [
      mail(
        multipart([
          raw([octets, encoded], `*${EICAR.toString('base64', 0, 4)}\r\n!${EICAR.toString('base64', 4)}\r\n`),
        ]),
      ),
      'attachment',
      ['part-1'],
    ],
    uuencode: [
      mail(textPart(`see below\n\nbegin 644 eicar.com\n${uuencoded(EICAR)}\`\nend\n`)),
      'inline',
      ['part-1', 'eicar.com'],
    ],
    'nested message': [
      mail(multipart([hello, nestedMessage(simple, { name: 'fwd.eml' })])),
      'attachment',
      ['fwd.eml', 'eicar.com'],
    ],
    'nested message in base64': [
      mail(multipart([hello, nestedMessage(simple, { encoding: 'base64' })])),
      'attachment',
      ['part-2', 'eicar.com'],
    ],
    'eml as octet-stream': [
      mail(multipart([hello, attachment('fwd.eml', simple)])),
      'attachment',
      ['fwd.eml', 'eicar.com'],
    ],
    'eml that begins like no mail': [
      mail(multipart([hello, attachment('fwd.EML', Buffer.concat([Buffer.from('\r\n'), EICAR]))])),
      'attachment',
      ['fwd.EML', 'part-1'],
    ],
    'mailbox file': [
      mail(multipart([attachment('a.mbox', Buffer.concat([Buffer.from('From a@b Tue Nov 24\n'), lf(simple)]))])),
      'attachment',
      ['a.mbox', 'eicar.com'],
    ],
    digest: [mail(multipart([raw([], simple)], { subtype: 'digest' })), 'attachment', ['part-1', 'eicar.com']],
    'zip in eml in zip': [
      mail(
        multipart([
          attachment(
            'outer.bin',
            zip([
              {
                name: 'mail',
                content: mail(multipart([hello, attachment('in', zip([{ name: 'x/eicar', content: EICAR }]))])),
              },
            ]),
          ),
        ]),
      ),
      'attachment',
      ['outer.bin', 'mail', 'in', 'x/eicar'],
    ],
  };
  test.each(Object.entries(mails))('%s', async (_name, [message, place, path]) => {
    const unpacked = await unpack(message);
    expect(filesWith(unpacked, EICAR).map((file) => ({ place: file.place, path: file.path }))).toContainEqual({
      place,
      path,
    });
    expect(unpacked.unscannable).toEqual([]);
    for (const file of unpacked.files) {
      expect(new Set(file.readings.map(sha256)).size, 'each reading once').toBe(file.readings.length);
      if (file.part !== undefined) expect(unpacked.parts[file.part]).toBeDefined();
    }
  });
});

function uuencoded(content: Buffer): string {
  let text = '';
  const character = (value: number) => (value === 0 ? '`' : String.fromCharCode(32 + value));
  for (let at = 0; at < content.length; at += 45) {
    const line = content.subarray(at, at + 45);
    text += character(line.length);
    for (let i = 0; i < line.length; i += 3) {
      const bits = ((line[i] ?? 0) << 16) | ((line[i + 1] ?? 0) << 8) | (line[i + 2] ?? 0);
      for (const shift of [18, 12, 6, 0]) text += character((bits >> shift) & 63);
    }
    text += '\n';
  }
  return text;
}

describe('names', () => {
  const named = (...headers: string[]) => mail(multipart([hello, { headers, body: Buffer.from('content') }]));
  const type = (parameters: string) => `Content-Type: application/octet-stream; ${parameters}`;
  const disposition = (parameters: string) => `Content-Disposition: attachment; ${parameters}`;
  test.each([
    ['quoted', 'a b.txt', named(disposition('filename="a b.txt"'))],
    [
      'of Content-Disposition before that of Content-Type',
      'a.exe',
      named(type('name=b.txt'), disposition('filename=a.exe')),
    ],
    ['of Content-Type alone', 'b.txt', named(type('name=b.txt'))],
    ['RFC 2231', '請求書.exe', named(disposition("filename*=utf-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.exe"))],
    ['RFC 2231 in pieces', 'long name.exe', named(disposition('filename*0="long "; filename*1="name.exe"'))],
    ['RFC 2047', 'é.exe', named(disposition('filename="=?iso-8859-1?Q?=E9?=.exe"'))],
    ['raw UTF-8', '請求書', named(disposition('filename="請求書"'))],
    ['bounded', `${'x'.repeat(127)}…${'x'.repeat(127)}`, named(disposition(`filename="${'x'.repeat(5000)}"`))],
    [
      'bounded, with its end, which says the type',
      `${'x'.repeat(127)}…${'x'.repeat(123)}.exe`,
      named(disposition(`filename="${'x'.repeat(500)}.exe"`)),
    ],
  ])('%s', async (_title, name, message) => {
    const { parts, files } = await unpack(message);
    expect(parts.at(-1)?.name).toBe(name);
    expect(files.at(-1)?.path).toEqual([name]);
  });

  test('the subject is decoded and cut', async () => {
    const subject = async (text: string) => (await unpack(mail(hello, { subject: text }))).subject;
    expect(await subject('=?utf-8?B?6KuL5rGC5pu4?= 1')).toBe('請求書 1');
    expect(await subject('x'.repeat(999))).toBe('x'.repeat(200));
    expect(await unpack(Buffer.from('From: a@example.com\r\n\r\nx'))).not.toHaveProperty('subject');
  });
});

describe('parts that can be taken out', () => {
  test('header and body of the part without the delimiter lines', async () => {
    const file = attachment('a.bin', Buffer.from('content'));
    const message = mail(multipart([hello, file, hello]));
    const { parts } = await unpack(message);
    expect(partText(message, parts[1])).toBe(entityBytes(file).toString('latin1'));
    expect(message.toString('latin1', parts[1]?.body, parts[1]?.end)).toBe(file.body.toString('latin1'));
  });

  test('in a nested message it is the inner part; in an encoded one, or one without parts, the nested message', async () => {
    const inner = mail(multipart([hello, attachment('e', EICAR)]));
    const partOf = async (message: Buffer) => {
      const unpacked = await unpack(message);
      const [file] = filesWith(unpacked, EICAR);
      return partText(message, unpacked.parts[file?.part ?? -1]);
    };
    expect(await partOf(mail(multipart([nestedMessage(inner)])))).toBe(entityBytes(attachment('e', EICAR)).toString());
    const inBase64 = nestedMessage(inner, { encoding: 'base64' });
    expect(await partOf(mail(multipart([inBase64])))).toBe(entityBytes(inBase64).toString());
    const single = nestedMessage(mail(attachment('e', EICAR)));
    expect(await partOf(mail(multipart([single, hello])))).toBe(entityBytes(single).toString());
  });

  test('the message as a whole is the first file and has no part', async () => {
    const message = mail(hello);
    const [whole] = (await unpack(message)).files;
    expect(whole).toMatchObject({ place: 'message', path: ['message'] });
    expect(whole?.part).toBeUndefined();
    const lf = Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
    expect(whole?.readings.map(String)).toEqual([String(message), String(lf)]);
  });
});

describe('odd messages', () => {
  test.each([
    ['empty', Buffer.alloc(0)],
    ['a blank line', Buffer.from('\r\n')],
    ['header only', Buffer.from('From: a@example.com')],
    ['no header', Buffer.from('hello\r\nworld\r\n')],
    ['NUL bytes', Buffer.alloc(5000)],
    ['8-bit rubbish', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255))],
    ['a line of 1 MB', Buffer.concat([Buffer.from('Subject: '), Buffer.alloc(1e6, 'x'), Buffer.from('\r\n\r\nx')])],
    ['1 MB of parameters', Buffer.from(`Content-Type: a/b; ${'x=y; '.repeat(2e5)}\r\n\r\nx`)],
    ['1 MB of dashes', Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'-'.repeat(1e6)}`)],
    ['lines of dashes', Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--\n'.repeat(3e5)}`)],
    ['a multipart without parts', mail(multipart([], { closed: false }))],
    ['the word begin', Buffer.from(`\r\n${'begin 644 x\n'.repeat(2e4)}`)],
  ])('%s: readable, not unscannable', async (_name, message) => {
    const { files, unscannable } = await unpack(message);
    expect(unscannable).toEqual([]);
    expect(files[0]?.readings[0]).toEqual(message);
  });

  test('10,000 parts are all found', async () => {
    const parts = Array.from({ length: 10_000 }, (_, i) => attachment(`${i}`, Buffer.from(`part ${i}`)));
    const unpacked = await unpack(mail(multipart(parts)), { filesMax: 20_000 });
    expect(unpacked.parts.length).toBe(10_000);
    expect(filesWith(unpacked, Buffer.from('part 9999')).length).toBe(1);
    expect(unpacked.unscannable).toEqual([]);
  });

  test.each([
    [
      'multiparts',
      (inner: Buffer, level: number) =>
        `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n${inner}`,
    ],
    ['messages', (inner: Buffer) => `Content-Type: message/rfc822\r\n\r\n${inner}`],
    [
      'base64 messages',
      (inner: Buffer) =>
        inner.length > 1e5
          ? inner
          : `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n${inner.toString('base64')}`,
    ],
  ])('1,000 nested %s are too deep, and that is all', async (_name, wrap) => {
    let message = mail(hello);
    for (let level = 0; level < 1000; level += 1) message = Buffer.from(wrap(message, level));
    expect(reasons(await unpack(message))).toEqual(['too-deep']);
  });

  test('message/partial is unscannable', async () => {
    const message = mail({
      headers: ['Content-Type: message/partial; id=x; number=1; total=2'],
      body: Buffer.from('UEsDBA'),
    });
    expect((await unpack(message)).unscannable).toEqual([{ reason: 'partial', path: ['part-1'], part: 0 }]);
  });

  test.each([
    ['7z', '377abcaf271c0004'],
    ['rar', '526172211a0700'],
  ])('%s that is cut off cannot be opened, but is hashed', async (_name, hex) => {
    const content = Buffer.from(hex, 'hex');
    const unpacked = await unpack(mail(multipart([hello, attachment('a', content)])));
    expect(filesWith(unpacked, content).length).toBe(1);
    expect(unpacked.unscannable).toEqual([{ reason: 'damaged', path: ['a'], part: 1 }]);
  });
});

describe('limits: met is unscannable, just below is not', () => {
  const two = mail(multipart([hello, attachment('a', Buffer.from('content'))]));
  const zipped = (...contents: Buffer[]) =>
    mail(multipart([hello, attachment('a.zip', zip(contents.map((content, i) => ({ name: `${i}`, content }))))]));
  const zeros = Buffer.alloc(3_000_000);
  test.each([
    ['too-many-parts', two, { partsMax: 1 }, { partsMax: 2 }],
    ['too-many-files', two, { filesMax: 1 }, { filesMax: 2 }],
    ['too-many-files', zipped(EICAR, EICAR), { filesMax: 3 }, { filesMax: 4 }],
    ['too-deep', zipped(EICAR), { depthMax: 1 }, { depthMax: 2 }],
    [
      'too-large',
      zipped(zeros),
      { fileBytesMax: 2_999_999, ratioMax: 1e6 },
      { fileBytesMax: 3_000_000, ratioMax: 1e6 },
    ],
    [
      'too-large',
      zipped(zeros, zeros),
      { messageBytesMax: 6e6, ratioMax: 1e6 },
      { messageBytesMax: 6.1e6, ratioMax: 1e6 },
    ],
    ['ratio', zipped(zeros), { ratioMax: 1000 }, { ratioMax: 2000 }],
    ['too-large', two, { fileBytesMax: 11 }, { fileBytesMax: 20 }],
  ])('%s', async (reason, message, met, below) => {
    expect(reasons(await unpack(message, met))).toEqual([reason]);
    expect(reasons(await unpack(message, below))).toEqual([]);
  });

  test('a bomb in each of many files costs no more than the message may unpack to', async () => {
    const bombs = Array.from({ length: 50 }, () => zeros);
    const unpacked = await unpack(zipped(...bombs), {
      fileBytesMax: 2_000_000,
      messageBytesMax: 10_000_000,
      ratioMax: 1e6,
    });
    expect(reasons(unpacked)).toEqual(['too-large']);
    expect(unpacked.unscannable.length).toBeLessThanOrEqual(100);
  });

  test('what waits to be listed counts, too: nothing is unpacked beyond the limit of the message', async () => {
    const unpacked = await unpack(zipped(...Array.from({ length: 20 }, () => zeros)), {
      messageBytesMax: 10e6,
      ratioMax: 1e6,
    });
    expect(reasons(unpacked)).toEqual(['too-large']);
    expect(filesWith(unpacked, zeros).length).toBe(3);
  });

  test('every plausible content of a part counts', async () => {
    const base64 = Buffer.alloc(9000, 'abc').toString('base64');
    const body = Buffer.from(`${base64.slice(0, 4001)}==\r\n${base64.slice(0, 4002)}=\r\n${base64}`);
    const message = mail({ headers: ['Content-Transfer-Encoding: base64'], body });
    const bytesOf = ({ files }: UnpackedFiles) =>
      files.slice(1).reduce((sum, { readings }) => sum + readings.reduce((all, { length }) => all + length, 0), 0);
    const all = bytesOf(await unpack(message));
    expect(all).toBeGreaterThan(2 * body.length);
    const few = await unpack(message, { messageBytesMax: 2 * body.length });
    expect(reasons(few)).toEqual(['too-large']);
    expect(bytesOf(few)).toBeLessThan(2 * body.length);
    expect(reasons(await unpack(message, { messageBytesMax: body.length + all }))).toEqual([]);
  });

  test('many mails with many parts in one archive: no more files than allowed', async () => {
    const parts = Array.from({ length: 500 }, () => hello);
    const inner = mail(multipart(parts));
    const unpacked = await unpack(zipped(...Array.from({ length: 500 }, () => inner)), { filesMax: 1000 });
    expect(reasons(unpacked)).toEqual(['too-many-files']);
    expect(unpacked.files.length).toBe(1001);
  });

  test('an abort is too-slow; what was found until then is kept', async () => {
    const unpacked = await unpack(two, {}, AbortSignal.abort());
    expect(reasons(unpacked)).toEqual(['too-slow']);
    expect(unpacked.files.length).toBe(1);
  });

  test('an abort while it works is noticed', async () => {
    const controller = new AbortController();
    const parts = Array.from({ length: 9000 }, (_, i) =>
      attachment(`${i}`, zip([{ name: 'a', content: Buffer.from(`${i}`) }])),
    );
    const running = unpack(mail(multipart(parts)), { filesMax: 1e6 }, controller.signal);
    setImmediate(() => controller.abort());
    expect(reasons(await running)).toEqual(['too-slow']);
  });

  test('limits of the product let ordinary mail pass', async () => {
    expect(limits.depthMax).toBe(17);
    expect(reasons(await unpack(zipped(EICAR, Buffer.from('text'))))).toEqual([]);
  });
});

describe('parts of signed messages', () => {
  const signedParts = async (message: Buffer) => (await unpack(message)).parts.map(({ signed }) => signed === true);
  const file = attachment('a.bin', Buffer.from('a'));

  test.each(['signed', 'encrypted'])(
    'are marked within multipart/%s, at any depth, and nowhere else',
    async (subtype) => {
      const inner = multipart([multipart([textPart('x'), file]), attachment('smime.p7s', Buffer.from('s'))], {
        subtype,
      });
      expect(await signedParts(mail(multipart([textPart('before'), inner, file])))).toEqual([
        false,
        true,
        true,
        true,
        false,
      ]);
    },
  );

  test('are marked in a nested message that was read in place', async () => {
    const nested = nestedMessage(mail(multipart([textPart('x'), file], { subtype: 'signed' })));
    expect(await signedParts(mail(multipart([nested, file])))).toEqual([false, true, true, false]);
  });
});
