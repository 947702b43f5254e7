import type { RulesCall } from './message-rules.ts';

/**
 * How a server treats requests: for each kind an outcome, or `wait`, which leaves it to time, or `hold`, which leaves it to
 * the walk.
 */
type Treatment = Record<RulesCall['kind'], string> & { canary?: string };

const all = (outcome: string): Treatment => ({ query: outcome, connect: outcome, filter: outcome });

/** Named for what is the matter with the server. */
export const serverModes = {
  up: all('ok'),
  refused: all('refused'),
  /** Accepts and never answers. */
  hangs: all('wait'),
  /** Health answers, everything else fails. */
  sick: { query: 'status', connect: 'ok', filter: 'status' },
  /** D9: the filter can be fetched, but queries are broken. */
  'answers garbage': { query: 'response', connect: 'ok', filter: 'ok' },
  /** D13: health answers, queries hang. */
  'queries hang': { query: 'wait', connect: 'ok', filter: 'ok' },
  /** Queries are answered, but the filter cannot be fetched. */
  'no filter': { query: 'ok', connect: 'ok', filter: 'status' },
  throttles: { query: 'throttled', connect: 'ok', filter: 'throttled' },
  /** D5. */
  'refuses messages': { query: 'message', connect: 'ok', filter: 'ok' },
  /** D11. */
  'has another pattern': { query: 'other-pattern', connect: 'ok', filter: 'ok' },
  /** D16: answers everything, but takes the test file for unknown. */
  'misses the canary': { ...all('ok'), canary: 'canary-unknown' },
  /** Each request waits for the walk to end it. */
  held: all('hold'),
} as const satisfies Record<string, Treatment>;

export type ServerMode = keyof typeof serverModes;

/** What becomes of a request; undefined while it waits. */
export function outcomeIn(mode: ServerMode, { kind, purpose }: RulesCall): string | undefined {
  const treatment: Treatment = serverModes[mode];
  const isCanary = purpose === 'probe' && kind === 'query';
  const outcome = (isCanary ? treatment.canary : undefined) ?? treatment[kind];
  if (outcome === 'wait' || outcome === 'hold') return undefined;
  // A probe asks for the canary, whatever the pattern.
  return purpose && outcome === 'other-pattern' ? 'ok' : outcome;
}

/** D13: no connection and no answer from the health resource. */
export const isUnreachable = (mode: ServerMode): boolean => mode === 'refused' || mode === 'hangs';
