import type { FileHandle } from 'node:fs/promises';
import { headBytesMax, type ReceivedMessage } from '../../actors/ports/mail.ts';
import type { MemoryBudget, Room } from './memory-budget.ts';

/** `load` was called after `dispose`, or waited when it came. */
export class MessageDisposed extends Error {
  constructor() {
    super('message was disposed');
    this.name = 'MessageDisposed';
  }
}

/** A message within the budget. `free` gives its room back. */
export function memoryMessage(chunks: Buffer[], size: number, free: () => void): ReceivedMessage {
  let content: Buffer | undefined;
  let parts: Buffer[] | undefined = chunks;
  const load = async () => {
    if (parts === undefined) throw new MessageDisposed();
    const only = parts.length === 1 ? parts[0] : undefined;
    content ??= only ?? joined(parts, size);
    parts = [content];
    return content;
  };
  return {
    size,
    head: async () => (await load()).subarray(0, headBytesMax),
    load,
    dispose: () => {
      if (parts === undefined) return;
      parts = undefined;
      content = undefined;
      free();
    },
  };
}

/** A message in a file. `load` waits for room in the budget, and rejects with the file system's error or `MessageDisposed`. */
export function spilledMessage(file: FileHandle, size: number, budget: MemoryBudget): ReceivedMessage {
  const disposed = new AbortController();
  let room: Room | undefined;
  let content: Promise<Buffer> | undefined;
  const read = async (): Promise<Buffer> => {
    room = await budget.wait(size, disposed.signal);
    if (!disposed.signal.aborted) return readFirst(file, size);
    room.free();
    throw new MessageDisposed();
  };
  return {
    size,
    head: () =>
      disposed.signal.aborted ? Promise.reject(new MessageDisposed()) : readFirst(file, Math.min(size, headBytesMax)),
    load: () => {
      if (disposed.signal.aborted) return Promise.reject(new MessageDisposed());
      content ??= read();
      return content;
    },
    dispose: () => {
      if (disposed.signal.aborted) return;
      disposed.abort(new MessageDisposed());
      content = undefined;
      room?.free();
      file.close().catch(() => undefined);
    },
  };
}

/** Memory that the threads which read messages share: a large message is not copied for them. */
function sharedBuffer(size: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(size));
}

function joined(parts: readonly Buffer[], size: number): Buffer {
  const whole = sharedBuffer(size);
  let at = 0;
  for (const part of parts) at += part.copy(whole, at);
  return whole;
}

async function readFirst(file: FileHandle, size: number): Promise<Buffer> {
  const content = sharedBuffer(size);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(content, at, size - at, at);
    if (bytesRead === 0) throw new Error(`spool file ends after ${at} of ${size} bytes`);
    at += bytesRead;
  }
  return content;
}
