import {
  type ContentMatch,
  NotMatched,
  type ReadFile,
  type ReadMessage,
  type ReadRequest,
  type Unscannable,
  type UnscannableReason,
} from '../../actors/ports/scanning.ts';
import type { FileType } from '../../events/file-types.ts';
import { typesOf } from '../file-type/types-of.ts';
import { readingOf } from '../hash-signatures/reading.ts';
import type { FoundFile, StopSign, TakeFile } from '../unpack/found.ts';
import { unpack } from '../unpack/unpacker.ts';
import type { ContentEngines, NamedEngine } from './content-engines.ts';
import { HandedContents } from './handed-contents.ts';

/**
 * Unpacks a message, and hashes and matches each file as it is found, so that no content outlives its turn. Never throws but for a
 * pattern that cannot be loaded. @param signal aborted: the rest is `too-slow`
 */
export async function readMessage(
  { message, fileName, limits, digests, patterns, contentBytesMax = 0 }: ReadRequest,
  signal: StopSign,
  engines: ContentEngines,
): Promise<ReadMessage> {
  const files: ReadFile[] = [];
  const unmatched: Unscannable[] = [];
  const handed = new HandedContents(contentBytesMax);
  const matcher = new Matcher(await engines.of(patterns));
  const take: TakeFile = async ({ readings: contents, ...file }) => {
    const readings = contents.map((content) => readingOf(content, digests));
    const types = file.place === 'message' ? [] : typesOfEach(contents);
    const read: ReadFile = { ...file, ...(types.length > 0 && { types }), readings };
    files.push(read);
    if (file.place !== 'message')
      for (const [index, content] of contents.entries())
        if (!isSeen(contents, content, index)) handed.add(content, readings[index]?.sha256 ?? '');
    const { matches, reasons } = await matcher.look(contents, readings);
    if (matches.length > 0) read.matches = matches;
    const { path, part } = file;
    for (const reason of reasons) unmatched.push({ reason, path, ...(part === undefined ? {} : { part }) });
  };
  const unpacked = await unpack(message, limits, signal, take, fileName);
  return {
    ...unpacked,
    files,
    unscannable: [...unpacked.unscannable, ...unmatched],
    ...(contentBytesMax > 0 && { contents: handed.all() }),
  };
}

/** What the file is in any of its readings. */
function typesOfEach(contents: FoundFile['readings']): FileType[] {
  const different = contents.filter((content, index) => !isSeen(contents, content, index));
  const types = different.map((content) => typesOf(Buffer.from(content.buffer, content.byteOffset, content.length)));
  return [...new Set(types.flat())];
}

/** What the engines say of contents; where one cannot look at them, the others are heard all the same. */
interface Looked {
  matches: ContentMatch[];
  /** Why one could not. */
  reasons: Set<UnscannableReason>;
}

/** Looks at each content of a message once. */
class Matcher {
  readonly #engines: readonly NamedEngine[];
  readonly #known = new Map<string, Looked>();

  constructor(engines: readonly NamedEngine[]) {
    this.#engines = engines;
  }

  /** Never throws. */
  async look(contents: FoundFile['readings'], readings: ReadFile['readings']): Promise<Looked> {
    const all: Looked = { matches: [], reasons: new Set() };
    if (this.#engines.length === 0) return all;
    for (const [index, content] of contents.entries()) {
      const sha256 = readings[index]?.sha256;
      if (sha256 === undefined || isSeen(contents, content, index)) continue;
      const looked = this.#known.get(sha256) ?? (await this.#look(content, sha256));
      this.#known.set(sha256, looked);
      all.matches.push(...looked.matches);
      for (const reason of looked.reasons) all.reasons.add(reason);
    }
    return all;
  }

  async #look(content: Uint8Array, sha256: string): Promise<Looked> {
    const looked: Looked = { matches: [], reasons: new Set() };
    for (const { name: engine, engine: loaded } of this.#engines)
      try {
        for (const name of await loaded.match(content)) looked.matches.push({ name, sha256, engine });
      } catch (error) {
        looked.reasons.add(error instanceof NotMatched ? error.reason : 'crashed');
      }
    return looked;
  }
}

/** A reading without its last line ends shares the memory of the one with them, which comes first: what is in it was seen there. */
function isSeen(contents: FoundFile['readings'], { buffer, byteOffset, length }: Uint8Array, index: number): boolean {
  return contents
    .slice(0, index)
    .some((longer) => longer.buffer === buffer && longer.byteOffset === byteOffset && longer.length >= length);
}
