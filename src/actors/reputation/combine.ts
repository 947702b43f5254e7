import type { Unanswered } from '../../events/scan.ts';
import type { Clock } from '../ports/clock.ts';
import type { GivenAnswer } from '../ports/reputation.ts';
import type { Ask, AskResult } from './ask.ts';
import { asFailure, QueryFailed } from './query-list.ts';
import type { Combination } from './service-settings.ts';
import { withTimeout } from './timeout.ts';

/** Whoever is asked: the list of Smart Protection Servers as one, or a service. */
export interface Source {
  name: string;
  required: boolean;
  /** Of the list: it is asked about what is in the query filter. Services, which have none, about every suspicious hash. */
  isList: boolean;
  ask: Ask;
}

/** Hashes that need an answer. */
export interface Wanted {
  /** In the query filter, or all when there is none. */
  inFilter: readonly string[];
  /** D1: all suspicious ones, for services; empty without any. */
  suspicious: readonly string[];
}

/** Answers of all sources, combined, and who did not answer though the message goes on. */
export interface CombinedAnswers extends AskResult {
  unanswered: readonly Unanswered[];
}

export interface CombineParts {
  sources: readonly Source[];
  combination: Combination;
  clock: Clock;
  /** D7: over all sources. */
  queryTotalMs: number;
}

/** Asks all sources. Throws `QueryFailed` when a required one leaves a hash open. */
export type AskAll = (wanted: Wanted, scan: string, signal: AbortSignal) => Promise<CombinedAnswers>;

/** What came of asking one source. */
interface Outcome {
  source: Source;
  hashes: readonly string[];
  result?: AskResult;
  failure?: unknown;
}

export function createAskAll(parts: CombineParts): AskAll {
  return async (wanted, scan, signal) => {
    const outcomes = await (parts.combination.rule === 'first' ? inTurn : atOnce)(parts, wanted, scan, signal);
    signal.throwIfAborted();
    return combined(outcomes, parts.combination);
  };
}

/** The same, of whoever answers: nobody's failure is the message's. */
export function askWhoAnswers(parts: CombineParts): AskAll {
  return createAskAll({ ...parts, sources: parts.sources.map((source) => ({ ...source, required: false })) });
}

type Asking = (parts: CombineParts, wanted: Wanted, scan: string, signal: AbortSignal) => Promise<Outcome[]>;

const atOnce: Asking = async ({ sources }, wanted, scan, signal) =>
  Promise.all(
    sources
      .map((source) => ({ source, hashes: hashesFor(source, wanted) }))
      .filter(({ hashes }) => hashes.length > 0)
      .map(({ source, hashes }) => outcomeOf(source, hashes, () => source.ask(hashes, scan, signal))),
  );

/** A hash that one knows is not asked of those after it. A required one that fails ends it, unless one before it had known all. */
const inTurn: Asking = async ({ sources, clock, queryTotalMs }, wanted, scan, signal) => {
  const deadlineMs = clock.now() + queryTotalMs;
  const known = new Set<string>();
  const outcomes: Outcome[] = [];
  for (const source of sources) {
    const hashes = hashesFor(source, wanted).filter((hash) => !known.has(hash));
    if (hashes.length === 0) continue;
    // What goes on behind the time's end counts for its server, and for the next message.
    const ask = () => withTimeout(clock, deadlineMs - clock.now(), () => source.ask(hashes, scan, signal));
    const outcome = await outcomeOf(source, hashes, ask);
    outcomes.push(outcome);
    if (outcome.failure !== undefined && source.required) break;
    for (const [hash, { verdict }] of outcome.result?.answers ?? []) if (verdict !== 'unknown') known.add(hash);
  }
  return outcomes;
};

function hashesFor({ isList }: Source, { inFilter, suspicious }: Wanted): readonly string[] {
  return isList ? inFilter : suspicious;
}

async function outcomeOf(source: Source, hashes: readonly string[], ask: () => Promise<AskResult>): Promise<Outcome> {
  try {
    return { source, hashes, result: await ask() };
  } catch (failure) {
    return { source, hashes, failure };
  }
}

function combined(outcomes: readonly Outcome[], combination: Combination): CombinedAnswers {
  const answers = new Map<string, GivenAnswer>();
  for (const hash of new Set(outcomes.flatMap(({ hashes }) => hashes))) {
    const answer = decided(hash, outcomes, combination);
    if (answer) answers.set(hash, answer);
  }
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  const isOpen = (hash: string) => answers.get(hash)?.verdict !== 'malicious';
  const standing = failed.filter(({ source, hashes }) => source.required && hashes.some(isOpen));
  if (standing.length > 0) throw worst(standing.map(({ failure }) => failure));
  const list = outcomes.find(({ source, result }) => source.isList && result);
  return {
    answers,
    servers: [...new Set(outcomes.flatMap(({ result }) => result?.servers ?? []))],
    patternVersion: list?.result?.patternVersion ?? '',
    unanswered: failed.map(({ source, failure }) => ({ server: source.name, kind: kindOf(failure) })),
  };
}

/** What all together say of a hash: whoever calls it malware goes before whoever calls it clean, and that before unknown. */
function decided(hash: string, outcomes: readonly Outcome[], { rule, quorum }: Combination): GivenAnswer | undefined {
  const said = outcomes.flatMap(({ source, result }) => {
    const answer = result?.answers.get(hash);
    return answer ? [{ answer, isList: source.isList }] : [];
  });
  const malicious = said.filter(({ answer }) => answer.verdict === 'malicious');
  const enough = rule !== 'quorum' || malicious.some(({ isList }) => isList) || malicious.length >= quorum;
  const others = said.filter(({ answer }) => answer.verdict !== 'malicious');
  const clean = others.find(({ answer }) => answer.verdict === 'clean');
  const best = (enough ? malicious[0] : undefined) ?? clean ?? others[0];
  if (best !== undefined || malicious[0] === undefined) return best?.answer;
  // Too few call it malware, and nobody says anything else.
  const { name: _, details: __, ...rest } = malicious[0].answer;
  return { ...rest, verdict: 'unknown' };
}

/** Of several failures: 451 for one that was counted, else the attempt to connect, else what the server refused. */
function worst(failures: readonly unknown[]): unknown {
  const treatments = ['deferred', 'while-invalid', 'message'] as const;
  const rank = (failure: unknown) => (failure instanceof QueryFailed ? treatments.indexOf(failure.treatment) : -1);
  const [first] = [...failures].sort((one, other) => rank(one) - rank(other));
  if (first instanceof QueryFailed) return first;
  return new QueryFailed('deferred', kindOf(first), []);
}

function kindOf(failure: unknown): string {
  return failure instanceof QueryFailed ? failure.kind : asFailure(failure).kind;
}
