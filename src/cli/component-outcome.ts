import type { ComponentProblem } from '../events/component-problem.ts';
import type { Envelope } from '../events/envelope.ts';
import { printable } from '../events/printable.ts';
import { nameOf } from './command-wait.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** What came of an order about a component at one gateway; as `--json` shows it. */
export interface ComponentOutcome {
  gateway: string;
  /** `silent`: it said nothing in time, or not how it ended. */
  outcome: 'done' | 'failed' | 'refused' | 'silent';
  /** In use before and now; null: none, or not known. */
  before: string | null;
  version: string | null;
  /** As `wrongly-signed` or `timeout`; null where it has no name, or nothing failed. */
  failure: string | null;
  reason: string | null;
}

const outcomesOf: Readonly<Record<string, ComponentOutcome['outcome']>> = {
  ...{ Done: 'done', Failed: 'failed', Refused: 'refused' },
};

/** @param source of the gateway @param said its last word, if there is one */
export function componentOutcome(source: string, said: Envelope | undefined): ComponentOutcome {
  const { state, reason, failure, result } = (said?.data ?? {}) as Record<string, string | null | undefined> & {
    result?: { version?: string | null; before?: string | null } | null;
  };
  const outcome = outcomesOf[state ?? ''] ?? 'silent';
  return {
    ...{ gateway: source.replace('/sekisho/gateway/', ''), outcome },
    ...{ before: result?.before ?? null, version: result?.version ?? null },
    ...{ failure: failure ?? null, reason: outcome === 'silent' ? 'no outcome in time' : (reason ?? null) },
  };
}

/** One outcome for people. */
export function outcomeText({ outcome, before, version, failure, reason }: ComponentOutcome): string {
  if (outcome === 'done') {
    if (before === version) return `${version} is in use, and is the newest`;
    return before === null ? `${version} is in use` : `${version} is in use, before it was ${before}`;
  }
  const kind = failure === null ? '' : ` (${failure})`;
  return printable(`${outcome}${kind}: ${reason ?? ''}`);
}

/** A row of the table of all gateways. */
export function outcomeRow(all: ComponentOutcome): string[] {
  const { gateway, outcome, before, version, failure, reason } = all;
  const isSame = outcome === 'done' && before === version;
  const why = [failure ?? '', reason ?? ''].filter((part) => part !== '').join(': ');
  return [nameOf(gateway), isSame ? 'nothing new' : outcome, before ?? '-', version ?? '-', printable(why)];
}

export const outcomeHeadings = ['GATEWAY', 'OUTCOME', 'BEFORE', 'IN USE', 'WHY'];

/** What is offered cannot be taken, whoever tries: not "try again". */
const codes: Readonly<Record<ComponentProblem, ExitCode>> = {
  interrupted: exitCodes.tempFail,
  corrupted: exitCodes.dataError,
  malformed: exitCodes.dataError,
  'wrongly-signed': exitCodes.dataError,
  'replayed-older': exitCodes.dataError,
  'too-large': exitCodes.dataError,
  'does-not-load': exitCodes.dataError,
  'probe-failed': exitCodes.dataError,
  'no-key': exitCodes.config,
  'disk-full': exitCodes.ioError,
  'not-stored': exitCodes.ioError,
  'rolled-back': exitCodes.unavailable,
  'nothing-before': exitCodes.unavailable,
};

function codeOf({ outcome, failure }: ComponentOutcome): ExitCode {
  if (outcome === 'done') return exitCodes.ok;
  if (outcome === 'silent') return exitCodes.tempFail;
  return Object.hasOwn(codes, failure ?? '') ? codes[failure as ComponentProblem] : exitCodes.unavailable;
}

/** The exit code of several outcomes: of the first that failed, and only when none did of the first that is silent. */
export function exitCodeOfAll(outcomes: readonly ComponentOutcome[]): ExitCode {
  const failed = outcomes.find(({ outcome }) => outcome === 'failed' || outcome === 'refused');
  const first = failed ?? outcomes.find(({ outcome }) => outcome === 'silent');
  return first === undefined ? exitCodes.ok : codeOf(first);
}

/** The exit codes, for help texts. */
export const exitCodeHelp =
  'Exit codes: 0 all is done; 65 what is offered is refused (corrupted, wrongly signed, older than before, fails its probe); ' +
  '69 the source does not answer, or there is nothing to go back to; 74 the disk is full; 75 no outcome in time, or the ' +
  'download broke off and goes on from there; 78 there is no key to verify with.';
