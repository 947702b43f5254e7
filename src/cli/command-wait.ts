import type { CommandResult } from '../events/command.ts';
import type { Envelope } from '../events/envelope.ts';
import { printable } from '../events/printable.ts';
import { followOutcomes, type OutcomesOptions } from '../wiring/command-outcomes.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

export interface WaitOptions extends Omit<OutcomesOptions, 'signal' | 'onOutcome'> {
  waitMs: number;
  /** Sources of the gateways that are waited for; none: nobody knows how many there are, so the whole time is waited. */
  gateways: readonly string[];
  show: (event: Envelope) => void;
}

/** Follows what gateways say of a command until each has ended it, or the time is over. @returns the last word of each, by source */
export async function lastOutcomes({
  waitMs,
  gateways,
  show,
  ...options
}: WaitOptions): Promise<Map<string, Envelope>> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), waitMs);
  const interrupted = () => stop.abort();
  process.once('SIGINT', interrupted);
  const outcomes = new Map<string, Envelope>();
  const hasEnded = (source: string) => isEnd(outcomes.get(source));
  try {
    await followOutcomes({
      ...options,
      signal: stop.signal,
      onOutcome(event) {
        outcomes.set(event.source, event);
        show(event);
        if (gateways.length > 0 && gateways.every(hasEnded)) stop.abort();
      },
    });
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', interrupted);
  }
  return outcomes;
}

/** Shows what gateways say of a command. @throws {CommandFailure} when one of them did not do it, or says nothing in time */
export async function waitForOutcomes(options: WaitOptions): Promise<void> {
  const { waitMs, gateways } = options;
  const outcomes = await lastOutcomes(options);
  const undone = [...outcomes].filter(([, { data }]) => data.state === 'Failed' || data.state === 'Refused');
  if (undone.length > 0)
    throw new CommandFailure(exitCodes.unavailable, `not done by ${names(undone.map(([source]) => source))}`);
  const known = gateways.length > 0 ? gateways : [...outcomes.keys()];
  const silent = known.filter((source) => !isEnd(outcomes.get(source)));
  if (silent.length > 0)
    throw new CommandFailure(exitCodes.tempFail, `no outcome within ${waitMs / 1000} s of ${names(silent)}`);
  if (known.length === 0)
    throw new CommandFailure(exitCodes.tempFail, `no gateway has said anything within ${waitMs / 1000} s`);
}

/** Whether it is the last word on a command. */
export function isEnd(outcome: Envelope | undefined): boolean {
  return outcome !== undefined && outcome.data.state !== 'Running';
}

/** Name of a gateway by its source, as it can be shown. */
export const nameOf = (source: string) => printable(source.replace('/sekisho/gateway/', ''));
const names = (sources: readonly string[]) => sources.map(nameOf).join(', ');

/** One outcome for people. */
export function outcomeLine({ time, source, data }: Envelope): string {
  const { state, reason, result } = data as { state: string; reason?: string | null; result?: CommandResult | null };
  const facts = [
    reason ?? '',
    result == null ? '' : `epoch ${result.epoch}`,
    result?.version == null ? '' : `version ${result.version}`,
  ].filter((fact) => fact !== '');
  return `${time}  ${nameOf(source)}  ${state.toLowerCase()}  ${printable(facts.join(', '))}`.trimEnd();
}
