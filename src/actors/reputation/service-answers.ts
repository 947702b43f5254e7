import type { AnswerChange, AnswerStatistics, KeptQuery } from '../ports/answer-store.ts';
import type { GivenAnswer, HashAnswer } from '../ports/reputation.ts';

/** Kept answers of one service, all of one version of its pattern. Times are ms since 1970. */
export interface ServiceAnswers {
  get(sha256: string, nowMs: number, servers: ReadonlySet<string>): GivenAnswer | undefined;
  keep(query: KeptQuery): void;
  /** The query filter that is in use now. */
  filterIs(version: string | undefined): void;
  empty(): void;
  dropExpired(nowMs: number): void;
  /** Whether there was one. */
  dropOldest(): boolean;
  /** Infinity: there is none. */
  oldestMs(): number;
  size(): { entries: number; bytes: number };
  changes(service: string, nowMs: number): Iterable<AnswerChange>;
  statistics(): AnswerStatistics;
}

/** What the answers to one query share. */
type Basis = Omit<KeptQuery, 'service' | 'answers'>;

interface Entry {
  answer: HashAnswer;
  basis: Basis;
}

/**
 * A server of a list may publish a new version later than the others: its answers are not kept, and replace nothing. After so long
 * without an answer of the newer version it has become the older one for good.
 */
const olderMsMax = 3_600_000;

/** Of an entry beside the texts of its own: measured on Node 24. */
const entryBytes = 320;

/** @param onEmptied told when all answers so far are forgotten */
export function createServiceAnswers(onEmptied: () => void): ServiceAnswers {
  /** In the order in which they came. */
  const entries = new Map<string, Entry>();
  const hits = new Map<string, number>();
  const counts = { misses: 0, expired: 0, evicted: 0, emptied: 0 };
  let bytes = 0;
  /** Whose version and filter all entries have. */
  let basis: Basis | undefined;

  function drop(sha256: string, entry: Entry): void {
    entries.delete(sha256);
    bytes -= bytesOf(entry);
  }

  function empty(): void {
    if (entries.size > 0) counts.emptied++;
    entries.clear();
    bytes = 0;
    // Also when there are none: whoever keeps them may have some that were dropped here.
    onEmptied();
  }

  function dropExpired(nowMs: number): void {
    for (const [sha256, entry] of entries) {
      if (!isExpired(entry, nowMs)) return;
      drop(sha256, entry);
      counts.expired++;
    }
  }

  return {
    get(sha256, nowMs, servers) {
      const entry = entries.get(sha256);
      if (entry !== undefined && isExpired(entry, nowMs)) {
        drop(sha256, entry);
        counts.expired++;
      } else if (entry !== undefined && servers.has(entry.basis.server)) {
        const { server, patternId, patternVersion } = entry.basis;
        hits.set(server, (hits.get(server) ?? 0) + 1);
        return { ...entry.answer, server, patternId, patternVersion };
      }
      counts.misses++;
      return undefined;
    },
    keep({ service: _, answers, ...own }) {
      if (basis !== undefined && !isSameVersion(own, basis)) {
        if (isOlder(own, basis) && own.atMs - basis.atMs < olderMsMax) return;
        empty();
      }
      basis = own;
      for (const answer of answers) {
        const before = entries.get(answer.sha256);
        if (before) drop(answer.sha256, before);
        const entry = { answer, basis: own };
        entries.set(answer.sha256, entry);
        bytes += bytesOf(entry);
      }
    },
    filterIs(version) {
      if (basis === undefined || version === undefined || basis.filter === version) return;
      if (basis.filter !== undefined && !isOfPattern(version, basis)) empty();
      basis = { ...basis, filter: version };
    },
    empty,
    dropExpired,
    dropOldest() {
      for (const [sha256, entry] of entries) {
        drop(sha256, entry);
        counts.evicted++;
        return true;
      }
      return false;
    },
    oldestMs() {
      for (const { basis: own } of entries.values()) return own.atMs;
      return Number.POSITIVE_INFINITY;
    },
    size: () => ({ entries: entries.size, bytes }),
    changes: (service, nowMs) => changesOf(service, entries, nowMs),
    statistics: () => ({ hits: new Map(hits), ...counts, entries: entries.size, bytes }),
  };
}

/**
 * Neighbours that were answered together are one change. Answers may come and go meanwhile; those that come are told anyway, and
 * so not waited for.
 */
function* changesOf(service: string, entries: ReadonlyMap<string, Entry>, nowMs: number): Generator<AnswerChange> {
  let left = entries.size;
  let answers: HashAnswer[] = [];
  let last: Basis | undefined;
  for (const entry of entries.values()) {
    if (left-- === 0) break;
    if (isExpired(entry, nowMs)) continue;
    if (last !== undefined && last !== entry.basis) {
      yield { kept: { ...last, service, answers } };
      answers = [];
    }
    last = entry.basis;
    answers.push(entry.answer);
  }
  if (last !== undefined) yield { kept: { ...last, service, answers } };
}

function isExpired({ answer, basis }: Entry, nowMs: number): boolean {
  return nowMs >= basis.atMs + answer.ttlSeconds * 1000;
}

function isSameVersion(one: Basis, other: Basis): boolean {
  return one.patternId === other.patternId && one.patternVersion === other.patternVersion;
}

/** Versions are `<number>-<digest>`; of any others none is older. */
function isOlder(one: Basis, other: Basis): boolean {
  const [number, than] = [numberOf(one.patternVersion), numberOf(other.patternVersion)];
  return one.patternId === other.patternId && number !== undefined && than !== undefined && number < than;
}

/** A filter that was published with the pattern that the answers rest on. */
function isOfPattern(filter: string, { patternVersion }: Basis): boolean {
  return filter === patternVersion;
}

function numberOf(version: string): number | undefined {
  const digits = /^(\d{1,15})-/.exec(version)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function bytesOf({ answer: { name, source } }: Entry): number {
  return entryBytes + (name?.length ?? 0) + (source?.length ?? 0);
}
