import { crc32 } from 'node:zlib';
import type { AnswerChange } from '../../actors/ports/answer-store.ts';

/** First line of the file: another one is another format. */
export const header = 'sekisho answers 1\n';

/** Longest line, bytes: 1000 answers with names of 256 characters are less than 1 MiB. */
export const lineBytesMax = 4 * 1024 * 1024;

/** A change as a line. */
export function answerLine(change: AnswerChange): string {
  const json = JSON.stringify(change);
  return `${checksum(json)} ${json}\n`;
}

/** The change of a line without its end; undefined: it is not as it was written. */
export function readAnswerLine(line: string): AnswerChange | undefined {
  const json = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) return undefined;
  return JSON.parse(json) as AnswerChange;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
