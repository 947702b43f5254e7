import type { Reply } from '../../actors/ports/mail.ts';

/** Longest reply line in bytes. RFC 5321 4.5.3.1.5 says 512; some servers write more. */
export const replyLineBytesMax = 2048;
/** Most lines of one reply. */
export const replyLinesMax = 128;

/** What the server sent is no SMTP reply. */
export class GarbledReply extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GarbledReply';
  }
}

/** Code, sign and text (RFC 5321 4.2). Control characters are refused: the text goes on to our own client. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const replyLine = /^([2-5][0-9]{2})(?:([ -])([^\x00-\x08\x0a-\x1f\x7f]*))?$/;

/** Turns the bytes of a connection into replies, however they are cut. `push` throws `GarbledReply`. */
export function createReplyParser(): { push(chunk: Buffer): Reply[] } {
  let rest: Buffer | undefined;
  let lines: string[] = [];
  let code = '';

  function take(line: string): Reply | undefined {
    const match = replyLine.exec(line);
    if (!match) throw new GarbledReply('not a reply line');
    const [, digits = '', sign = ' ', text = ''] = match;
    if (lines.length > 0 && digits !== code) throw new GarbledReply('two codes in one reply');
    if (lines.length >= replyLinesMax) throw new GarbledReply(`reply of more than ${replyLinesMax} lines`);
    code = digits;
    lines.push(text);
    if (sign === '-') return undefined;
    const reply = { code: Number(code), text: lines.join('\n') };
    lines = [];
    return reply;
  }

  return {
    push(chunk) {
      const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
      const replies: Reply[] = [];
      let start = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
        if (end - start > replyLineBytesMax) throw new GarbledReply(`reply line over ${replyLineBytesMax} bytes`);
        const reply = take(bytes.toString('utf8', start, bytes[end - 1] === 13 && end > start ? end - 1 : end));
        if (reply) replies.push(reply);
        start = end + 1;
      }
      if (bytes.length - start > replyLineBytesMax)
        throw new GarbledReply(`reply line over ${replyLineBytesMax} bytes`);
      rest = start < bytes.length ? bytes.subarray(start) : undefined;
      return replies;
    },
  };
}
