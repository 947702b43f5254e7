import type { UnpackLimits } from '../../actors/ports/scanning.ts';
import type { StopSign, TakeFile, Unpacked } from './found.ts';
import { Unpacking } from './unpacking.ts';

/**
 * Finds the files of a message and hands them on, one by one. Never throws, unless `take` does it for the message as a whole: what
 * cannot be read, for whatever reason, is in `unscannable`. Works on the caller's thread, and lets other work go on at least every
 * 20 ms but for single steps; the message must not be changed meanwhile.
 * @param fileName what is read is a file of this name, and not a message, unless it looks like one
 */
export function unpack(
  message: Buffer,
  limits: UnpackLimits,
  signal: StopSign,
  take: TakeFile,
  fileName?: string,
): Promise<Unpacked> {
  return new Unpacking(message, limits, signal, take, fileName).run();
}
