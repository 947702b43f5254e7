import { decodeEntry, type Entry, hashBytes, seenOf } from './entry.ts';
import { expiryOf, type Source } from './sources.ts';

/** Records of one source, by rising hash. */
export interface Voice {
  source: Source;
  records: Iterator<Buffer>;
}

/** What counts of a hash. */
export interface Winner {
  entry: Entry;
  source: Source;
  /** Whether it is in the agent pattern: any source may put it there. */
  agent: boolean;
  /** Whether it is in the conventional pattern. */
  conventional: boolean;
}

interface Head extends Voice {
  record: Buffer;
  /** First 48 bits of the hash: most comparisons need no more. */
  key: number;
}

const keyBytes = 6;

/**
 * Merges what sources say into what counts, by rising hash, each once: expired words are passed over, known good and overridden hashes
 * left out.
 * @param voices the one whose word counts most first
 * @param overridden by rising hash
 * @param now seconds since 1970
 */
export function* winners(
  voices: readonly Voice[],
  overridden: readonly Buffer[],
  hashLength: number,
  now: number,
): Generator<Winner> {
  let heads = voices.flatMap((voice) => {
    const head = { ...voice, record: Buffer.alloc(0), key: 0 };
    return advance(head, now, hashLength) ? [head] : [];
  });
  let nextOverride = 0;
  for (let first = lowest(heads, hashLength); first !== undefined; first = lowest(heads, hashLength)) {
    const record = first.record;
    const same = heads.filter((head) => head === first || compareRecords(head, first, hashLength) === 0);
    while (compareHash(overridden[nextOverride], record, hashLength) < 0) nextOverride++;
    const isOverridden = compareHash(overridden[nextOverride], record, hashLength) === 0;
    const winner = isOverridden
      ? undefined
      : same.length === 1
        ? onlyWord(first, hashLength)
        : winnerOf(same, hashLength);
    let hasEnded = false;
    for (const head of same) if (!advance(head, now, hashLength)) hasEnded = true;
    if (hasEnded) heads = heads.filter(({ key }) => key >= 0);
    if (winner) yield winner;
  }
}

/** The same as `winnerOf` of one: nearly all hashes are said by one source, and there are tens of millions. */
function onlyWord({ source, record }: Head, hashLength: number): Winner | undefined {
  const entry = decodeEntry(record, hashLength);
  if (entry.allow) return undefined;
  return {
    entry,
    source,
    agent: entry.agent,
    conventional: entry.agent || hashLength < hashBytes.sha256 || !source.onlySmart,
  };
}

/** @param heads of one hash, the one whose word counts most first */
function winnerOf(heads: readonly Head[], hashLength: number): Winner | undefined {
  const words = heads.map(({ source, record }) => ({ source, entry: decodeEntry(record, hashLength) }));
  const [first] = words;
  const best = words.find(({ source, entry }) => source.priority === first?.source.priority && entry.allow) ?? first;
  if (best === undefined || best.entry.allow) return undefined;
  const malware = words.filter(({ entry }) => !entry.allow);
  const agent = malware.some(({ entry }) => entry.agent);
  const conventional = agent || hashLength < hashBytes.sha256 || malware.some(({ source }) => !source.onlySmart);
  return { ...best, agent, conventional };
}

/** Goes on to the next record that is not expired; false, and a key below zero, when there is none. */
function advance(head: Head, now: number, hashLength: number): boolean {
  for (;;) {
    const { value, done } = head.records.next();
    if (done) {
      head.key = -1;
      return false;
    }
    if (head.source.expiresDays !== undefined && expiryOf(head.source, seenOf(value, hashLength)) <= now) continue;
    head.record = value;
    head.key = value.readUIntBE(0, keyBytes);
    return true;
  }
}

function lowest(heads: readonly Head[], hashLength: number): Head | undefined {
  let found = heads[0];
  for (let index = 1; index < heads.length; index++) {
    const head = heads[index];
    if (head !== undefined && found !== undefined && compareRecords(head, found, hashLength) < 0) found = head;
  }
  return found;
}

function compareRecords(a: Head, b: Head, hashLength: number): number {
  return a.key === b.key ? compare(a.record, b.record, hashLength) : a.key - b.key;
}

function compare(a: Buffer, b: Buffer, hashLength: number): number {
  return a.compare(b, 0, hashLength, 0, hashLength);
}

/** Nothing left is above everything. */
function compareHash(hash: Buffer | undefined, record: Buffer, hashLength: number): number {
  return hash === undefined ? 1 : compare(hash, record, hashLength);
}
