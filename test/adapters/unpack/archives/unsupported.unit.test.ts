import { expect, test } from 'vitest';
import { attachment, mail } from '../../../support/mails.ts';
import { reasons, unpack } from '../unpacked.ts';

const scan = async (content: Buffer) => reasons(await unpack(mail(attachment('archive', content))));
const latin1 = (text: string) => Buffer.from(text, 'latin1');

test.each([
  ['ace', latin1(`\x12\x34\x31\0\0\0\x10**ACE**${'\0'.repeat(40)}`)],
  ['lzop', latin1(`\x89LZO\0\r\n\x1a\n${'\0'.repeat(40)}`)],
  ['zoo', latin1(`ZOO 2.10 Archive.\x1a\0\0\xdc\xa7\xc4\xfd${'\0'.repeat(40)}`)],
  ['kwaj', latin1(`KWAJ\x88\xf0\x27\xd1${'\0'.repeat(40)}`)],
])('an archive that nothing here reads is reported: %s', async (_title, content) => {
  expect(await scan(content)).toEqual(['unsupported']);
});

test('a text about archives is none', async () => {
  expect(await scan(latin1('**ACE** and ZOO 2.10 Archive. are old'))).toEqual([]);
});
