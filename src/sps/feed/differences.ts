import type { SmartEntry } from '../data/snapshot.ts';
import { sourceForTopic } from './feed-sources.ts';
import type { FeedEntry } from './feed-table.ts';
import { feedValue } from './reputation-entry.ts';

/** A record that is to be written; null takes the entry back. */
export interface FeedDifference {
  /** SHA-256 in hexadecimal. */
  key: string;
  value: string | null;
}

/**
 * What has to be written so that the topic says what the store says, and nothing else. Both by rising hash, each once. An entry that the topic
 * has as malware of the same name and source is left as it is.
 */
export function* differences(store: Iterable<SmartEntry>, topic: Iterable<FeedEntry>): Generator<FeedDifference> {
  const [wanted, found] = [store[Symbol.iterator](), topic[Symbol.iterator]()];
  try {
    let [want, have] = [wanted.next(), found.next()];
    while (!want.done || !have.done) {
      const order = want.done ? 1 : have.done ? -1 : want.value.hash.compare(have.value.hash);
      if (order > 0 && !have.done) yield { key: have.value.hash.toString('hex'), value: null };
      if (order <= 0 && !want.done && !(order === 0 && !have.done && isSame(want.value, have.value)))
        yield { key: want.value.hash.toString('hex'), value: recordValue(want.value) };
      if (order <= 0) want = wanted.next();
      if (order >= 0) have = found.next();
    }
  } finally {
    wanted.return?.();
    found.return?.();
  }
}

function isSame({ name, source }: SmartEntry, found: FeedEntry): boolean {
  return found.verdict === 'malicious' && found.name === name && found.source === sourceForTopic(source);
}

function recordValue({ name, source }: SmartEntry): string {
  const said = sourceForTopic(source);
  return feedValue({ verdict: 'malicious', name, ...(said !== '' && { source: said }) });
}
