import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, syncFolder } from '../files/durable-file.ts';
import { header } from './answer-line.ts';

/** Lines of text in one file, whole lines always. Not for two at once: whoever calls waits for the last call. */
export interface AnswerFile {
  /** Bytes of it. */
  bytes(): number;
  append(lines: string): Promise<void>;
  /** Puts other lines in its place, at once or not at all; makes its folder when that is missing. */
  replace(lines: Iterable<string>): Promise<void>;
  /** It is of no use any more. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

/** So much is written at once, bytes: making it takes a millisecond or two. */
const pieceBytes = 128 * 1024;

/**
 * Opens the file behind what was read of it, and cuts off what is behind that.
 * @param readBytes 0: it begins anew with the first `replace`
 */
export async function openAnswerFile(path: string, readBytes: number): Promise<AnswerFile> {
  let handle: FileHandle | undefined;
  let bytes = readBytes;
  if (readBytes > 0) {
    handle = await open(path, 'r+');
    await handle.truncate(readBytes);
  }

  async function close(): Promise<void> {
    const open = handle;
    handle = undefined;
    await open?.close();
  }

  return {
    bytes: () => bytes,
    async append(lines) {
      if (handle === undefined) throw new Error('the file is not open');
      const content = Buffer.from(lines);
      await writeAll(handle, content, bytes);
      bytes += content.length;
    },
    async replace(lines) {
      await makeFolder(dirname(path));
      const next = await open(`${path}.new`, 'w', 0o600);
      try {
        const written = await writeLines(next, lines);
        await next.datasync();
        await rename(`${path}.new`, path);
        await close();
        [handle, bytes] = [next, written];
      } catch (error) {
        await next.close();
        await rm(`${path}.new`, { force: true });
        throw error;
      }
      await syncFolder(dirname(path));
    },
    async remove() {
      await close();
      bytes = 0;
      await rm(path, { force: true });
    },
    close,
  };
}

/** Whoever makes the lines has time for other things between two pieces. */
async function writeLines(handle: FileHandle, lines: Iterable<string>): Promise<number> {
  let written = 0;
  let piece = header;
  for (const line of lines) {
    piece += line;
    if (piece.length < pieceBytes) continue;
    written += await writeAll(handle, Buffer.from(piece), written);
    piece = '';
  }
  return written + (await writeAll(handle, Buffer.from(piece), written));
}

async function writeAll(handle: FileHandle, content: Buffer, at: number): Promise<number> {
  for (let done = 0; done < content.length; ) {
    const { bytesWritten } = await handle.write(content, done, content.length - done, at + done);
    done += bytesWritten;
  }
  return content.length;
}
