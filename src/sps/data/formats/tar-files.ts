/** A file within a tar file. What is not read of it is passed over. */
export interface TarFile {
  name: string;
  content: AsyncIterable<Buffer>;
}

const blockBytes = 512;

/**
 * The files of a tar stream (POSIX ustar), as far as clamd knows tar: plain files with short names, everything else is passed over.
 * Throws an error when it is damaged or cut short.
 */
export async function* tarFiles(stream: AsyncIterable<Buffer>): AsyncGenerator<TarFile> {
  const take = taker(stream);
  for (;;) {
    const header = await whole(take, blockBytes, true);
    if (header.length === 0 || header.every((byte) => byte === 0)) return;
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8);
    if (!Number.isSafeInteger(size) || size < 0 || !hasItsSum(header)) throw new Error('the tar file in it is damaged');
    const isFile = [0, 0x30].includes(header[156] ?? 0);
    const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '');
    const content = parts(take, size);
    if (isFile) yield { name, content };
    for await (const _unread of content);
    await whole(take, (blockBytes - (size % blockBytes)) % blockBytes);
  }
}

function hasItsSum(header: Buffer): boolean {
  const sum = header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return Number.parseInt(header.toString('latin1', 148, 156), 8) === sum;
}

/** Gives up to so many of the next bytes; undefined at the end. */
type Take = (max: number) => Promise<Buffer | undefined>;

function taker(stream: AsyncIterable<Buffer>): Take {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  return async (max) => {
    while (rest.length === 0) {
      const { value, done } = await chunks.next();
      if (done) return undefined;
      rest = value;
    }
    const taken = rest.subarray(0, max);
    rest = rest.subarray(taken.length);
    return taken;
  };
}

/** @param mayEnd it may be that there is nothing any more */
async function whole(take: Take, bytes: number, mayEnd = false): Promise<Buffer> {
  const found: Buffer[] = [];
  for await (const part of parts(take, bytes, mayEnd)) found.push(part);
  return Buffer.concat(found);
}

async function* parts(take: Take, bytes: number, mayEnd = false): AsyncGenerator<Buffer> {
  for (let left = bytes; left > 0; ) {
    const part = await take(left);
    if (part === undefined && mayEnd && left === bytes) return;
    if (part === undefined) throw new Error('it is cut short');
    left -= part.length;
    yield part;
  }
}
