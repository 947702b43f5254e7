import type { NewSignature } from '../new-signature.ts';
import { BadLine } from './signature-line.ts';

/** What is read of a file: signatures of no pattern yet. */
export type Found = Omit<NewSignature, 'agent'>;

/** Whom a reader tells what it meets. */
export interface Reading {
  /** Told of what is left out. @param place in the file, e.g. the number of a line */
  bad(place: string, reason: string): void;
  /** Told how far in the file it is. */
  progress(bytesRead: number): void;
  /** Told what the file says of itself, e.g. its version. */
  info(text: string): void;
}

/** Reads a file, as a stream. */
export type Reader = (path: string, reading: Reading) => Iterable<Found>;

/** What `read` returns; undefined, and told, when it is bad. */
export function orBad<Result>(reading: Reading, place: string | number, read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    reading.bad(String(place), error.message);
    return undefined;
  }
}

/** A name of malware out of a text that was not written as one: what it may not hold becomes `_`, what is too long goes. */
export function nameFrom(text: string): string {
  return text
    .trim()
    .slice(0, 200)
    .replace(/[\s:\p{Cc}\p{Cs}\p{Bidi_Control}\u{fffd}]+/gu, '_');
}
