import { createHash } from 'node:crypto';
import { simpleParser } from 'mailparser';
import PostalMime from 'postal-mime';
import type { ReadPart } from './python-email.ts';

/** Other programs that read mail: the attachments of a mail, by type and SHA-256. What they cannot read at all has none. */
export const mailParsers: Readonly<Record<string, (message: Buffer) => Promise<ReadPart[]>>> = {
  'postal-mime': async (message) => {
    const { attachments } = await PostalMime.parse(message);
    return attachments.map(({ mimeType, content }) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as ArrayBuffer);
      return part(mimeType, [bytes, ...withoutBlankLines(bytes)], message);
    });
  },
  mailparser: async (message) => {
    const { attachments } = await simpleParser(message, { skipHtmlToText: true, skipTextToHtml: true });
    return attachments.map(({ contentType, content }) => part(contentType, [content], message));
  },
};

/** It makes LF of all line ends in text and quoted-printable, and keeps those that belong to header and delimiter (RFC 2046 5.1.1). */
function withoutBlankLines(content: Buffer): Buffer[] {
  const text = content.toString('latin1');
  return [text.replace(/\n+$/, ''), text.replace(/^\n+|\n+$/g, '')].map((each) => Buffer.from(each, 'latin1'));
}

/** What stands in the mail as it is was not decoded. */
function part(type: string, contents: readonly Buffer[], message: Buffer): ReadPart {
  const plain = (bytes: Buffer) => bytes.toString('latin1').replace(/\r\n?/g, '\n').trim();
  const hashes = contents.map((content) => createHash('sha256').update(content).digest('hex'));
  return [type, hashes, contents.every((content) => !plain(message).includes(plain(content)))];
}
