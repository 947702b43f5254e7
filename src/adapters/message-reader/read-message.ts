import type { ContentMatch, ReadFile, ReadMessage, ReadRequest, Unscannable } from '../../actors/ports/scanning.ts';
import { readingOf } from '../hash-signatures/reading.ts';
import type { FoundFile } from '../unpack/found.ts';
import { unpack } from '../unpack/unpacker.ts';
import type { ContentEngines, NamedEngine } from './content-engines.ts';

/**
 * Unpacks a message, and hashes and matches each file as it is found, so that no content outlives its turn. Never throws but for a
 * pattern that cannot be loaded. @param signal aborted: the rest is `too-slow`
 */
export async function readMessage(
  { message, limits, digests, patterns }: ReadRequest,
  signal: AbortSignal,
  engines: ContentEngines,
): Promise<ReadMessage> {
  const files: ReadFile[] = [];
  const crashes: Unscannable[] = [];
  const matcher = new Matcher(await engines.of(patterns));
  const unpacked = await unpack(message, limits, signal, async ({ readings: contents, ...file }) => {
    const readings = contents.map((content) => readingOf(content, digests));
    const read: ReadFile = { ...file, readings };
    files.push(read);
    try {
      const matches = await matcher.matches(contents, readings);
      if (matches.length > 0) read.matches = matches;
    } catch {
      const { path, part } = file;
      crashes.push({ reason: 'crashed', path, ...(part === undefined ? {} : { part }) });
    }
  });
  return { ...unpacked, files, unscannable: [...unpacked.unscannable, ...crashes] };
}

/** Looks at each content of a message once. */
class Matcher {
  readonly #engines: readonly NamedEngine[];
  readonly #known = new Map<string, readonly ContentMatch[]>();

  constructor(engines: readonly NamedEngine[]) {
    this.#engines = engines;
  }

  async matches(contents: FoundFile['readings'], readings: ReadFile['readings']): Promise<ContentMatch[]> {
    if (this.#engines.length === 0) return [];
    const matches: ContentMatch[] = [];
    for (const [index, content] of contents.entries()) {
      const sha256 = readings[index]?.sha256;
      if (sha256 !== undefined && !contents.slice(0, index).some((longer) => beginsWith(longer, content)))
        matches.push(...(await this.#match(content, sha256)));
    }
    return matches;
  }

  async #match(content: Uint8Array, sha256: string): Promise<readonly ContentMatch[]> {
    const known = this.#known.get(sha256);
    if (known !== undefined) return known;
    const matches: ContentMatch[] = [];
    for (const { name: engine, engine: loaded } of this.#engines)
      for (const name of await loaded.match(content)) matches.push({ name, sha256, engine });
    this.#known.set(sha256, matches);
    return matches;
  }
}

/** A reading without its last line ends shares the memory of the one with them: what is in it was seen there. */
function beginsWith(longer: Uint8Array, content: Uint8Array): boolean {
  return (
    longer.buffer === content.buffer && longer.byteOffset === content.byteOffset && longer.length >= content.length
  );
}
