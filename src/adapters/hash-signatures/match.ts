import type { DigestWish, PatternSet, Reading } from '../../actors/ports/scanning.ts';
import type { NamePool } from './name-pool.ts';
import type { SignatureTable } from './pattern-files.ts';
import { mayHaveSize } from './size-set.ts';

/** The kinds of hash, the one that every file has first. */
const KINDS = [
  { digestWords: 8, algorithm: 'sha256' },
  { digestWords: 4, algorithm: 'md5' },
  { digestWords: 5, algorithm: 'sha1' },
] as const;

/** Tables of one pattern, keyed by the words of their kind of hash. */
type Tables = ReadonlyMap<number, SignatureTable>;

/** Matching over the tables of a pattern. */
export function createMatch(malware: Tables, allowed: Tables, names: NamePool): PatternSet['match'] {
  return (reading) => {
    const hit = find(malware, reading);
    if (hit === undefined || find(allowed, reading) !== undefined) return undefined;
    return names.at(hit);
  };
}

/** What has to be computed besides SHA-256, so that these tables can be searched. */
export function wishedDigests(malware: Tables, allowed: Tables): DigestWish[] {
  return [malware, allowed].flatMap((tables) =>
    KINDS.flatMap(({ digestWords, algorithm }) => {
      const index = tables.get(digestWords)?.index;
      return algorithm === 'sha256' || !index?.count ? [] : { algorithm, sizes: index.sizes };
    }),
  );
}

/** Offset of the name of the first signature that fits. */
function find(tables: Tables, reading: Reading): number | undefined {
  for (const { digestWords, algorithm } of KINDS) {
    const table = tables.get(digestWords);
    if (table && mayHaveSize(table.index.sizes, reading.size)) {
      const row = table.index.find(wordsOf(reading, algorithm), reading.size);
      if (row >= 0) return table.rows.names[row];
    }
  }
  return undefined;
}

/** A digest that is missing is a defect: the scan fails, and does not pass for clean. */
function wordsOf(reading: Reading, algorithm: (typeof KINDS)[number]['algorithm']): Uint32Array {
  const digest = reading[algorithm];
  if (digest === undefined) throw new Error(`no ${algorithm} of a file`);
  return toWords(Buffer.from(digest, 'hex'));
}

function toWords(digest: Buffer): Uint32Array {
  const words = new Uint32Array(digest.length / 4);
  for (let word = 0; word < words.length; word++) words[word] = digest.readUInt32BE(word * 4);
  return words;
}
