import { createReadStream } from 'node:fs';
import type { AnswerChange } from '../../actors/ports/answer-store.ts';
import { header, lineBytesMax, readAnswerLine } from './answer-line.ts';

/** What a file holds cannot be trusted. */
export class AnswersDamaged extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AnswersDamaged';
  }
}

/**
 * Reads all whole lines; one that a kill has torn is left out. Throws `AnswersDamaged`, or what the system says, after it may have
 * handed over changes.
 * @returns bytes of the whole lines, with the header; 0 when there is no file
 */
export async function readAnswers(file: string, take: (change: AnswerChange) => void): Promise<number> {
  let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let read = 0;
  const takeLine = (line: string) => {
    if (read === 0) {
      if (line !== header.trimEnd()) throw new AnswersDamaged('it begins with another line than it should');
      return;
    }
    const change = readAnswerLine(line);
    if (change === undefined) throw new AnswersDamaged(`the line at byte ${read} is not as it was written`);
    take(change);
  };
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, at)) {
        takeLine(rest.toString('utf8', at, end));
        read += end + 1 - at;
        at = end + 1;
      }
      rest = rest.subarray(at);
      if (rest.length > lineBytesMax) throw new AnswersDamaged(`the line at byte ${read} has no end`);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  return read;
}
