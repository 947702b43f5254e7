import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openContainer } from '../../../src/adapters/unpack/containers.ts';
import type { Entry } from '../../../src/adapters/unpack/found.ts';
import { EICAR } from '../../support/mails.ts';

const access = {
  room: () => ({ bytesMax: 1e6, reason: 'too-large' as const }),
  bytesLeft: () => 1e8,
  entriesMax: 1000,
};

async function open(bytes: Buffer): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of openContainer(bytes, access)) entries.push(entry);
  return entries;
}

function tar(name: string, content: Buffer, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`        ${type}`, 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

describe('gzip', () => {
  const gz = zlib.gzipSync(EICAR);
  const named = Buffer.concat([
    gz.subarray(0, 3),
    Buffer.from([8]),
    gz.subarray(4, 10),
    Buffer.from('x.com\0'),
    gz.subarray(10),
  ]);
  test.each([
    ['sound', gz, { name: '', content: EICAR }],
    ['with a name', named, { name: 'x.com', content: EICAR }],
    ['zeros after it', Buffer.concat([gz, Buffer.alloc(100)]), { name: '', content: EICAR }],
    ['without its trailer', named.subarray(0, -8), { name: 'x.com', content: EICAR, problem: 'damaged' }],
    [
      'a wrong checksum',
      Buffer.concat([gz.subarray(0, -8), Buffer.alloc(8)]),
      { name: '', content: EICAR, problem: 'damaged' },
    ],
    ['a bomb', zlib.gzipSync(Buffer.alloc(2e6)), { name: '', problem: 'too-large' }],
    ['rubbish', Buffer.from('1f8b08ffffffffffffff', 'hex'), { name: '', content: Buffer.alloc(0), problem: 'damaged' }],
  ])('%s', async (_title, bytes, entry) => expect(await open(bytes)).toEqual([entry]));

  const junk = Buffer.from('junk');
  const found = (...contents: Buffer[]) => contents.map((content) => ({ name: '', content }));
  test('several members: as one and each', async () => {
    const text = Buffer.from('text');
    const members = Buffer.concat([zlib.gzipSync(text), gz]);
    expect(await open(members)).toEqual(found(Buffer.concat([text, EICAR]), text, EICAR));
    const cut = await open(members.subarray(0, -4));
    expect(cut).toEqual([...found(text), { name: '', content: EICAR, problem: 'damaged' }]);
  });

  test('what follows it is looked at, too, also behind a zero, where Node stops', async () => {
    expect(await open(Buffer.concat([gz, junk]))).toEqual(found(EICAR, junk));
    const hidden = Buffer.concat([Buffer.alloc(1), junk]);
    expect(await open(Buffer.concat([gz, hidden]))).toEqual(found(EICAR, hidden));
  });
});

describe('tar', () => {
  const end = Buffer.alloc(1024);
  const text = Buffer.from('text');
  test('files, with long names; links and folders have no content', async () => {
    const archive = Buffer.concat([
      tar('folder/', Buffer.alloc(0), '5'),
      tar('././@LongLink', Buffer.from('a long name\0'), 'L'),
      tar('short', EICAR),
      tar('x', Buffer.from('19 path=from pax.c\n'), 'x'),
      tar('b', text),
      tar('link', Buffer.alloc(0), '2'),
      end,
    ]);
    expect(await open(archive)).toEqual([
      { name: 'a long name', content: EICAR },
      { name: 'from pax.c', content: text },
    ]);
  });

  test('cut off or with a bad header: damaged, what came before is found', async () => {
    const archive = Buffer.concat([tar('a', EICAR), tar('b', Buffer.alloc(600, 'b'))]);
    expect(await open(archive.subarray(0, -600))).toMatchObject([{ name: 'a' }, { name: 'b', problem: 'damaged' }]);
    archive.fill('x', 1024, 1100);
    expect(await open(archive)).toEqual([
      { name: 'a', content: EICAR },
      { name: '', problem: 'damaged' },
    ]);
  });
});

describe('uuencode', () => {
  test('both forms, without an end, and several in one text', async () => {
    const block = 'begin 644 a.txt\n#0V%T\n`\nend\n';
    const base64 = `begin-base64 644 b.txt\n${EICAR.toString('base64')}\n====\n`;
    expect(await open(Buffer.from(`text\n${block}text\r\n${base64}begin 644 c\r\n#0V%T`))).toEqual([
      { name: 'a.txt', content: Buffer.from('Cat'), encoded: 'mail' },
      { name: 'b.txt', content: EICAR, encoded: 'mail' },
      { name: 'c', content: Buffer.from('Cat'), encoded: 'mail' },
    ]);
  });

  test.each(['begin the day', 'to begin 644 x\n#0V%T', 'begin 644 x\n', 'begin 644 x\nhello world, this is text'])(
    '%j is text',
    async (text) => expect(await open(Buffer.from(text))).toEqual([]),
  );
});
