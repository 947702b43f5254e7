import { hash } from 'node:crypto';
import type { PatternSet } from '../../actors/ports/scanning.ts';
import type { NamePool } from './name-pool.ts';
import type { SignatureTable } from './pattern-files.ts';

/** The kinds of hash, cheapest to know first: SHA-256 comes with the file. */
const KINDS = [
  { digestWords: 8, algorithm: 'sha256' },
  { digestWords: 4, algorithm: 'md5' },
  { digestWords: 5, algorithm: 'sha1' },
] as const;

/** Tables of one pattern, keyed by the words of their kind of hash. */
type Tables = ReadonlyMap<number, SignatureTable>;

/** Matching over the tables of a pattern. MD5 and SHA-1 are computed at most once for a file, and only when asked for. */
export function createMatch(malware: Tables, allowed: Tables, names: NamePool): PatternSet['match'] {
  return (content, sha256) => {
    const digests = new Digests(content, sha256);
    const hit = find(malware, digests);
    if (hit === undefined || find(allowed, digests) !== undefined) return undefined;
    return names.at(hit);
  };
}

/** Offset of the name of the first signature that fits. */
function find(tables: Tables, digests: Digests): number | undefined {
  for (const { digestWords, algorithm } of KINDS) {
    const table = tables.get(digestWords);
    if (table?.index.mayHaveSize(digests.size)) {
      const row = table.index.find(digests.of(algorithm), digests.size);
      if (row >= 0) return table.rows.names[row];
    }
  }
  return undefined;
}

/** The hashes of one file as words, each computed when first asked for. */
class Digests {
  readonly size: number;
  readonly #content: Uint8Array;
  readonly #known = new Map<string, Uint32Array>();

  constructor(content: Uint8Array, sha256: string) {
    this.size = content.length;
    this.#content = content;
    this.#known.set('sha256', toWords(Buffer.from(sha256, 'hex')));
  }

  of(algorithm: (typeof KINDS)[number]['algorithm']): Uint32Array {
    let words = this.#known.get(algorithm);
    if (words === undefined) {
      words = toWords(hash(algorithm, this.#content, 'buffer'));
      this.#known.set(algorithm, words);
    }
    return words;
  }
}

function toWords(digest: Buffer): Uint32Array {
  const words = new Uint32Array(digest.length / 4);
  for (let word = 0; word < words.length; word++) words[word] = digest.readUInt32BE(word * 4);
  return words;
}
