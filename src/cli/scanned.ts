import type { AmbiguityFact, MalwareFact, UnscannableFact } from '../events/scan.ts';
import type { LocalScan, LocalScanner } from '../wiring/local-scan.ts';

/** What one content comes to. */
export type Scanned = 'malware' | 'ambiguous' | 'unscannable' | 'undecided' | 'clean';

/** One file found in a content: everything that is known of it. */
export interface ScannedFile {
  path: readonly string[];
  names?: readonly string[];
  types?: readonly string[];
  declared?: string;
  place: string;
  readings: readonly { size: number; sha256: string }[];
  malware: readonly Omit<MalwareFact, 'path' | 'place' | 'part'>[];
  /** Hashes of it that are in the query filter. */
  toAsk: readonly string[];
}

/** All that is said of one content. */
export interface ScanReport {
  name: string;
  size: number;
  isMessage: boolean;
  verdict: Scanned;
  subject?: string;
  files: readonly ScannedFile[];
  unscannable: readonly UnscannableFact[];
  ambiguous: readonly AmbiguityFact[];
  asked?: LocalScan['asked'];
}

/** Puts together what the reader, the patterns and the server say. */
export function scanReport(name: string, size: number, scan: LocalScan): ScanReport {
  const { read, isMessage, toAsk, asked } = scan;
  const malware = malwareIn(scan);
  const inFilter = new Set(toAsk);
  const files = read.files.map(({ path, names, types, declared, place, readings }): ScannedFile => {
    const hashes = readings.map(({ sha256 }) => sha256);
    const own = malware.filter((fact) => hashes.includes(fact.sha256) && same(fact.path, path));
    return {
      ...{ path, place, ...(names && { names }), ...(types && { types }), ...(declared && { declared }) },
      readings: readings.map((reading) => ({ size: reading.size, sha256: reading.sha256 })),
      malware: own.map(({ path: _path, place: _place, part: _part, ...said }) => said),
      toAsk: hashes.filter((hash) => inFilter.has(hash)),
    };
  });
  const { ambiguous = [], unscannable, subject } = read;
  return {
    ...{ name, size, isMessage, verdict: verdictOf(scan, malware), ...(subject !== undefined && { subject }) },
    ...{ files, unscannable, ambiguous, ...(asked && { asked }) },
  };
}

export function malwareIn({ agent = [], conventional = [], asked }: LocalScan): readonly MalwareFact[] {
  return [...agent, ...conventional, ...(asked !== undefined && 'malware' in asked ? asked.malware : [])];
}

function verdictOf(scan: LocalScan, malware: readonly MalwareFact[]): Scanned {
  const { read, agent, conventional, toAsk, asked } = scan;
  if (malware.length > 0) return 'malware';
  if ((read.ambiguous ?? []).length > 0) return 'ambiguous';
  if (read.unscannable.length > 0) return 'unscannable';
  const isAnswered = asked !== undefined && 'malware' in asked;
  // As for mail: the agent pattern needs an answer for what the filter holds; the conventional pattern decides alone.
  const isDecided = conventional !== undefined || (agent !== undefined && (toAsk.length === 0 || isAnswered));
  return isDecided ? 'clean' : 'undecided';
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

/** Versions of the patterns and the filter, for people and programs. */
export function componentVersions({ components }: LocalScanner): Record<string, string | null> {
  const { agent, filter, conventional } = components;
  return {
    agent: agent?.version ?? null,
    filter: filter?.version ?? null,
    conventional: conventional?.version ?? null,
  };
}
