const LF = 10;
const CR = 13;

/** Longer text is not copied to convert its line ends: the copies and their hashes would cost more than the scan. */
const CONVERT_BYTES_MAX = 256 * 1024;

/** A message is looked up as a whole, too, for signatures of whole mails; of a long one only as it came. */
const MESSAGE_CONVERT_BYTES_MAX = 16 * 1024;

/**
 * Every plausible content of text that came through a mail body, the given one first: as it stands, with CRLF, with LF,
 * each also without the last line end and without all line ends at the end; as it stands also without those at the beginning. Content with a NUL byte is not text: its
 * line ends are not converted. Equal readings are given once; what is only cut short shares the memory.
 */
export function mailReadings(content: Buffer): Buffer[] {
  const readings: Buffer[] = [];
  addTrimmed(readings, content);
  const start = firstCharacter(content);
  if (start > 0) addTrimmed(readings, content.subarray(start));
  if (content.length <= CONVERT_BYTES_MAX && !content.includes(0)) {
    // As a string, since its search and replacement are many times faster than looking at each byte.
    const text = content.toString('latin1');
    const ends = countLineEnds(text);
    const lf = ends.loneCr > 0 ? text.replaceAll(/\r\n?/g, '\n') : text.replaceAll('\r\n', '\n');
    if (ends.loneLf + ends.loneCr > 0) addTrimmed(readings, Buffer.from(lf.replaceAll('\n', '\r\n'), 'latin1'));
    if (ends.crlf + ends.loneCr > 0) addTrimmed(readings, Buffer.from(lf, 'latin1'));
  }
  return readings;
}

/** Plausible contents of a message as a whole: as it came, and with LF as it would stand in a file. */
export function messageReadings(message: Buffer): Buffer[] {
  if (message.length > MESSAGE_CONVERT_BYTES_MAX || !message.includes('\r\n')) return [message];
  return [message, Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')];
}

/** Those of content in base64: when it is not text then every byte is meant, and none is left out. */
export function base64Readings(content: Buffer): Buffer[] {
  return content.includes(0) ? [content] : mailReadings(content);
}

/** Plausible contents of a file that an archive holds exactly: as it is, and text also without its last line ends. */
export function archiveReadings(content: Buffer): Buffer[] {
  const readings: Buffer[] = [];
  const last = content.at(-1);
  if ((last !== LF && last !== CR) || content.length > CONVERT_BYTES_MAX || content.includes(0)) return [content];
  addTrimmed(readings, content);
  return readings;
}

/** Index after blank lines at the beginning, which may be more than the one that ends a header. */
function firstCharacter(content: Buffer): number {
  let start = 0;
  while (content[start] === LF || content[start] === CR) start += 1;
  return start;
}

function addTrimmed(readings: Buffer[], content: Buffer): void {
  add(readings, content);
  const one = content.length - lastLineEnd(content, content.length);
  if (one === content.length) return;
  add(readings, content.subarray(0, one));
  let all = one;
  for (let end = lastLineEnd(content, all); end > 0; end = lastLineEnd(content, all)) all -= end;
  if (all !== one) add(readings, content.subarray(0, all));
}

function add(readings: Buffer[], content: Buffer): void {
  if (readings.length === 0) readings.push(content);
  else if (content.length > 0 && !readings.some((known) => known.equals(content))) readings.push(content);
}

/** Length of the line end that stands before `end`. */
function lastLineEnd(content: Buffer, end: number): number {
  const last = content[end - 1];
  if (last === LF) return content[end - 2] === CR ? 2 : 1;
  return last === CR ? 1 : 0;
}

interface LineEnds {
  crlf: number;
  loneLf: number;
  loneCr: number;
}

function countLineEnds(text: string): LineEnds {
  const crlf = count(text, '\r\n');
  return { crlf, loneLf: count(text, '\n') - crlf, loneCr: count(text, '\r') - crlf };
}

function count(text: string, end: string): number {
  let found = 0;
  for (let at = text.indexOf(end); at >= 0; at = text.indexOf(end, at + end.length)) found++;
  return found;
}
