import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { ComponentRefused } from '../../actors/ports/components.ts';
import type { ReputationFailure } from '../../actors/ports/reputation.ts';
import { asRefused } from '../components/refusal.ts';
import type { Answer, Receiver } from '../sps-client/exchange.ts';
import { isFile, partPath, type WantedFile, wholePath } from './download-folder.ts';

/** Asks for a file from a byte on. Throws for other statuses than 200, 206 and 416. */
export type GetFile = (
  file: WantedFile,
  fromByte: number,
  receive: (answer: Omit<Answer, 'body'>) => Receiver,
) => Promise<Pick<Answer, 'status'>>;

/** So often a download that broke off is taken up at once; after that, by the next fetch. */
const triesMax = 5;

/**
 * Brings a file whole into the folder, and answers its path. What came stays when it breaks off, and is not asked for again. Throws
 * `ComponentRefused` (interrupted, corrupted, or of the disk), and `ReputationFailure` when nothing came at all.
 */
export async function downloadFile(folder: string, file: WantedFile, get: GetFile): Promise<string> {
  const part = partPath(folder, file);
  const handle = await open(part, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    for (let round = 1; ; round++) {
      const isPieced = await fill(handle, file, get);
      if (await isFile(part, file)) break;
      await handle.truncate(0);
      // Of pieces of several times one may have been damaged: then once more, as a whole.
      if (!isPieced || round > 1) {
        throw new ComponentRefused('corrupted', `${file.sha256} came with another content`);
      }
    }
  } finally {
    await handle.close();
  }
  await rename(part, wholePath(folder, file));
  return wholePath(folder, file);
}

/** Goes on until the size is right. Answers whether it came in pieces. */
async function fill(handle: FileHandle, file: WantedFile, get: GetFile): Promise<boolean> {
  const { size: atFirst } = await handle.stat();
  for (let tries = 1; ; tries++) {
    const { size: before } = await handle.stat();
    if (before === file.size) return atFirst > 0 || tries > 2;
    const failure = await goOn(handle, file, before, get);
    const { size: after } = await handle.stat();
    if (failure === undefined || (after > before && tries < triesMax)) continue;
    if (failure instanceof ComponentRefused || after === 0 || isToldAsItIs(failure)) throw failure;
    const came = `${after} of ${file.size} bytes of ${file.sha256} came`;
    throw new ComponentRefused('interrupted', `${came}, then: ${failure.message}`, { cause: failure });
  }
}

/** The check is over, or the server wants to be left alone, or has no such file: nothing broke off. */
function isToldAsItIs({ kind }: ReputationFailure): boolean {
  return kind === 'timeout' || kind === 'throttled' || kind === 'status' || kind === 'credentials';
}

/** One request. Answers what went wrong; what came is in the file. */
async function goOn(
  handle: FileHandle,
  file: WantedFile,
  from: number,
  get: GetFile,
): Promise<ComponentRefused | ReputationFailure | undefined> {
  let at = 0;
  const receive = ({ status, field }: Omit<Answer, 'body'>): Receiver => {
    if (status === 206) at = Number(/^bytes (\d+)-/.exec(field('content-range') ?? '')?.[1]);
    if (status === 206 && at !== from) throw new ComponentRefused('corrupted', 'another range came than was asked for');
    return async (piece) => {
      if (at + piece.length > file.size)
        throw new ComponentRefused('corrupted', `${file.sha256} is longer than it should be`);
      await writeAt(handle, piece, at);
      at += piece.length;
    };
  };
  try {
    const { status } = await get(file, from, receive);
    if (status === 416) await handle.truncate(0);
    else if (at < file.size) throw new ComponentRefused('corrupted', `${file.sha256} is shorter than it should be`);
    return undefined;
  } catch (error) {
    const { cause } = error as Error;
    const refused = [error, cause].find((each) => each instanceof ComponentRefused);
    if (refused?.kind === 'corrupted') await handle.truncate(0);
    return refused ?? (error as ReputationFailure);
  }
}

/** A short write is followed by one that says why. */
async function writeAt(handle: FileHandle, content: Buffer, position: number): Promise<void> {
  try {
    for (let done = 0; done < content.length; ) {
      done += (await handle.write(content, done, content.length - done, position + done)).bytesWritten;
    }
  } catch (error) {
    throw asRefused(error, 'not-stored', 'it cannot be written: ');
  }
}
