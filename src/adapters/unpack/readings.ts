const LF = 10;
const CR = 13;

/** Longer text is not copied to convert its line ends: the copies and their hashes would cost more than the scan. */
const CONVERT_BYTES_MAX = 256 * 1024;

/**
 * Every plausible content of text that came through a mail body, the given one first: as it stands, with CRLF, with LF,
 * each also without the last line end and without all line ends at the end. Content with a NUL byte is not text: its
 * line ends are not converted. Equal readings are given once; what is only cut short shares the memory.
 */
export function mailReadings(content: Buffer, convertBytesMax = CONVERT_BYTES_MAX): Buffer[] {
  const readings: Buffer[] = [];
  addTrimmed(readings, content);
  if (content.length <= convertBytesMax && !content.includes(0)) {
    const ends = countLineEnds(content);
    if (ends.loneLf + ends.loneCr > 0) addTrimmed(readings, withLineEnds(content, ends, true));
    if (ends.crlf + ends.loneCr > 0) addTrimmed(readings, withLineEnds(content, ends, false));
  }
  return readings;
}

/** The same for content in base64: when it is not text then every byte is meant, and none is left out. */
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

function countLineEnds(content: Buffer): LineEnds {
  let crlf = 0;
  let lf = 0;
  let cr = 0;
  let previous = 0;
  for (let at = 0; at < content.length; at += 1) {
    const byte = content[at] ?? 0;
    if (byte === LF) {
      lf += 1;
      if (previous === CR) crlf += 1;
    } else if (byte === CR) cr += 1;
    previous = byte;
  }
  return { crlf, loneLf: lf - crlf, loneCr: cr - crlf };
}

/** A copy with every line end the same: CRLF, or LF. */
function withLineEnds(content: Buffer, ends: LineEnds, crlf: boolean): Buffer {
  const out = Buffer.allocUnsafe(content.length + (crlf ? ends.loneLf + ends.loneCr : -ends.crlf));
  let length = 0;
  for (let at = 0; at < content.length; at += 1) {
    const byte = content[at] ?? 0;
    if (byte === CR && content[at + 1] === LF) continue;
    if (byte !== LF && byte !== CR) {
      out[length++] = byte;
      continue;
    }
    if (crlf) out[length++] = CR;
    out[length++] = LF;
  }
  return out;
}
