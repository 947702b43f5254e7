import type { Entry } from '../found.ts';
import { afterLineEnd, endOfLine } from '../header-block.ts';
import { mailStart } from '../mail-file.ts';

const FROM = 'From ';
/** After `From `: an address or a name, and a date with a time. */
const FROM_LINE = /^From [^\r\n]*\d{1,2}:\d\d/;
const LINE_BYTES_MAX = 400;

/** More than one message, each after its `From ` line (RFC 4155). One alone is read as a mail. */
export function isMailbox(bytes: Buffer): boolean {
  if (!isSeparator(bytes, 0)) return false;
  return nextSeparator(bytes, FROM.length) !== undefined;
}

/** Messages of a mailbox; what stands between separators and is no message counts as the end of the one before. */
export function* readMailbox(bytes: Buffer): Generator<Entry> {
  let start: number | undefined = 0;
  for (let count = 1; start !== undefined; count += 1) {
    const next = nextSeparator(bytes, start + FROM.length);
    const header = afterLineEnd(bytes, endOfLine(bytes, start, bytes.length), bytes.length);
    yield { name: `message-${count}`, content: bytes.subarray(header, next ?? bytes.length) };
    start = next;
  }
}

function nextSeparator(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(FROM, from, 'latin1'); at >= 0; at = bytes.indexOf(FROM, at + 1, 'latin1')) {
    const before = bytes[at - 1];
    if ((before === 10 || before === 13) && isSeparator(bytes, at)) return at;
  }
  return undefined;
}

/** A `From ` line with the header of a message after it. */
function isSeparator(bytes: Buffer, at: number): boolean {
  const line = bytes.toString('latin1', at, at + LINE_BYTES_MAX);
  if (!FROM_LINE.test(line)) return false;
  const header = afterLineEnd(bytes, endOfLine(bytes, at, bytes.length), bytes.length);
  return mailStart(bytes.subarray(header, header + LINE_BYTES_MAX)) !== undefined;
}
