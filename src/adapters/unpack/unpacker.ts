import type { Unpacker } from '../../actors/ports/scanning.ts';
import { Unpacking } from './unpacking.ts';

/**
 * Finds the files of a message. Never throws: what cannot be read, for whatever reason, is in `unscannable`. Works on
 * the caller's thread, and lets other work go on at least every 20 ms but for single steps; buffers in the result
 * share the memory of the message where they can, so the message must not be changed while the result is in use.
 */
export function createUnpacker(): Unpacker {
  return { unpack: (message, limits, signal) => new Unpacking(message, limits, signal).run() };
}
