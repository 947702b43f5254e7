import type { MessagePart, UnpackLimits } from '../../src/actors/ports/scanning.ts';
import { createRewriter } from '../../src/adapters/rewrite/rewriter.ts';
import { unpack } from '../../src/adapters/unpack/unpacker.ts';

/** Narrow, so that they are met often. */
export const narrowLimits: UnpackLimits = {
  partsMax: 60,
  depthMax: 6,
  filesMax: 80,
  fileBytesMax: 512 * 1024,
  messageBytesMax: 2 * 1024 * 1024,
  ratioMax: 50,
};

/** Of the thread's processor time, for one input; what takes as long with so narrow limits takes for ever with those that are shipped. */
const CPU_SECONDS_MAX = 15;
const SUBJECT_CHARACTERS_MAX = 200;
/** Different memory for contents, as a multiple of what may be unpacked and of the message. */
const MEMORY_FACTOR = 6;

/** A promise of the reader that was not kept. */
export class BrokenPromise extends Error {
  override name = 'BrokenPromise';
}

function promise(kept: boolean, what: string): void {
  if (!kept) throw new BrokenPromise(what);
}

/** Reads a message and checks what is promised of every message. */
export async function checkMessage(message: Buffer): Promise<void> {
  const before = Buffer.from(message);
  const memory = new Set<ArrayBufferLike>();
  const usedParts = new Set<number | undefined>();
  let files = 0;
  const start = process.threadCpuUsage();
  const unpacked = await unpack(message, narrowLimits, new AbortController().signal, (file) => {
    files += 1;
    usedParts.add(file.part);
    promise(file.readings.length > 0, 'a file has content');
    for (const reading of file.readings) memory.add(reading.buffer);
  });
  const { user, system } = process.threadCpuUsage(start);
  promise((user + system) / 1e6 <= CPU_SECONDS_MAX, 'work is bounded');
  promise(message.equals(before), 'the message is not changed');
  promise(files >= 1 && files <= narrowLimits.filesMax + 1, 'filesMax holds');
  const bytes = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
  promise(bytes <= MEMORY_FACTOR * (narrowLimits.messageBytesMax + message.length), 'memory is bounded');
  const crashed = unpacked.unscannable.find(({ reason }) => reason === 'crashed');
  promise(crashed === undefined, 'no reader crashes');
  promise((unpacked.subject ?? '').length <= SUBJECT_CHARACTERS_MAX, 'the subject is short');
  const { parts } = unpacked;
  promise(parts.length <= narrowLimits.partsMax, 'partsMax holds');
  for (const { part } of [...unpacked.unscannable, ...unpacked.ambiguous]) usedParts.add(part);
  for (const part of usedParts) promise(part === undefined || parts[part] !== undefined, 'a part is there');
  for (const part of parts) checkPart(message, part);
}

/** Offsets in order, and a part that can be taken out without touching another byte. */
function checkPart(message: Buffer, part: MessagePart): void {
  const { start, body, end } = part;
  promise(0 <= start && start <= body && body <= end && end <= message.length, 'offsets are in order');
  const rewritten = Buffer.concat(createRewriter().remove(message, [part], () => 'gone'));
  const rest = message.subarray(end);
  promise(rewritten.subarray(rewritten.length - rest.length).equals(rest), 'what follows a removed part stays');
  // The header of the message stays when its own body is removed, without what it said of that.
  if (start > 0) promise(rewritten.subarray(0, start).equals(message.subarray(0, start)), 'what precedes it stays');
}
