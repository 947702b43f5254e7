import { expect, test } from 'vitest';
import { attachment, EICAR, mail } from '../../../support/mails.ts';
import { filesWith, unpack } from '../unpacked.ts';

const event = (property: string) => `BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n${property}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
const card = (property: string) => `BEGIN:VCARD\r\nVERSION:3.0\r\n${property}\r\nEND:VCARD\r\n`;
const base64 = EICAR.toString('base64');
const folded = (text: string, width: number) => text.match(new RegExp(`.{1,${width}}`, 'g'))?.join('\r\n ') ?? '';

test.each([
  ['an attachment', event(folded(`ATTACH;ENCODING=BASE64;VALUE=BINARY:${base64}`, 74))],
  ['an attachment in short lines', event(folded(`ATTACH;ENCODING=BASE64;VALUE=BINARY:${base64}`, 20))],
  ['a data: URI', event(folded(`ATTACH:data:application/octet-stream;base64,${base64}`, 74))],
  ['a photo', card(folded(`PHOTO;ENCODING=b;TYPE=JPEG:${base64}`, 30))],
])('a file in a calendar or card is found: %s', async (_title, text) => {
  const unpacked = await unpack(mail(attachment('a.ics', Buffer.from(text))));
  expect(filesWith(unpacked, EICAR)).not.toEqual([]);
});

test('an invitation without files is given once', async () => {
  const text = event(folded(`DESCRIPTION:${'a long description, '.repeat(20)}`, 74));
  const unpacked = await unpack(mail(attachment('a.ics', Buffer.from(text))));
  expect(unpacked.files.map(({ path }) => path.at(-1))).not.toContain('unfolded');
});
