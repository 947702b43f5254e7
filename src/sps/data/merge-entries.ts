import { decodeEntry, encodeEntry, isInAgent, seenOf } from './entry.ts';
import { expiryOf } from './sources.ts';

/** What a merge did to the entries of one source. */
export interface MergeCounts {
  added: number;
  /** Said before, now with another name, size, or place in the agent pattern. */
  changed: number;
  unchanged: number;
  /** Not said any more; only when the new ones are all. */
  removed: number;
  /** Expired, and not said again. */
  expired: number;
  /** Of those added or changed, new in the agent pattern. */
  agent: number;
}

export function noCounts(): MergeCounts {
  return { added: 0, changed: 0, unchanged: 0, removed: 0, expired: 0, agent: 0 };
}

export interface MergeOptions {
  hashLength: number;
  /** The new ones are all that the source says. */
  replace: boolean;
  /** After so many days an entry goes. */
  expiresDays: number | undefined;
  /** Seconds since 1970. */
  now: number;
  /** Counted up. */
  counts: MergeCounts;
}

/** Merges what a source said with what it says now, both by rising hash; the new ones may have the same hash again and again. */
export function* mergeEntries(
  old: Iterator<Buffer>,
  fresh: Iterator<Buffer>,
  options: MergeOptions,
): Generator<Buffer> {
  const { hashLength, counts } = options;
  const ofOne = withoutRepeats(fresh, hashLength);
  let before = old.next();
  let now = ofOne.next();
  while (!before.done || !now.done) {
    const order = before.done ? 1 : now.done ? -1 : before.value.compare(now.value, 0, hashLength, 0, hashLength);
    if (order < 0 && !before.done) {
      if (!isGone(before.value, options)) yield before.value;
      before = old.next();
    } else if (!now.done) {
      if (order === 0 && !before.done) {
        yield saidAgain(before.value, now.value, options);
        before = old.next();
      } else {
        counts.added++;
        if (isInAgent(now.value, hashLength)) counts.agent++;
        yield now.value;
      }
      now = ofOne.next();
    }
  }
}

function isGone(record: Buffer, { replace, expiresDays, now, hashLength, counts }: MergeOptions): boolean {
  const isExpired = expiryOf({ expiresDays }, seenOf(record, hashLength)) <= now;
  if (isExpired) counts.expired++;
  else if (replace) counts.removed++;
  return isExpired || replace;
}

/** The new word with the time of the first one. In the agent pattern it stays, unless the new ones are all. */
function saidAgain(before: Buffer, now: Buffer, { hashLength, replace, counts }: MergeOptions): Buffer {
  const [sinceAt, seenAt] = [hashLength + 1, hashLength + 5];
  const restAt = seenAt + 4;
  const isSame =
    before[hashLength] === now[hashLength] && before.compare(now, restAt, now.length, restAt, before.length) === 0;
  if (isSame) {
    counts.unchanged++;
    before.copy(now, sinceAt, sinceAt, seenAt);
    return now;
  }
  const [old, fresh] = [decodeEntry(before, hashLength), decodeEntry(now, hashLength)];
  const entry = { ...fresh, since: old.since, agent: fresh.agent || (old.agent && !replace) };
  const isOther =
    entry.name !== old.name || entry.size !== old.size || entry.agent !== old.agent || entry.allow !== old.allow;
  if (isOther) counts.changed++;
  else counts.unchanged++;
  if (entry.agent && !old.agent) counts.agent++;
  return encodeEntry(entry);
}

/** Of records with the same hash one: the first says name and size; agent pattern and known good are so if any says it. */
function* withoutRepeats(records: Iterator<Buffer>, hashLength: number): Generator<Buffer> {
  let next = records.next();
  while (!next.done) {
    let record = next.value;
    next = records.next();
    while (!next.done && next.value.compare(record, 0, hashLength, 0, hashLength) === 0) {
      const [first, other] = [decodeEntry(record, hashLength), decodeEntry(next.value, hashLength)];
      const [agent, allow] = [first.agent || other.agent, first.allow || other.allow];
      if (agent !== first.agent || allow !== first.allow) record = encodeEntry({ ...first, agent, allow });
      next = records.next();
    }
    yield record;
  }
}
