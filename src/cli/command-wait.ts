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

/** Shows what gateways say of a command. @throws {CommandFailure} when one of them did not do it, or says nothing in time */
export async function waitForOutcomes({ waitMs, gateways, show, ...options }: WaitOptions): Promise<void> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), waitMs);
  process.once('SIGINT', () => stop.abort());
  const states = new Map<string, string>();
  try {
    await followOutcomes({
      ...options,
      signal: stop.signal,
      onOutcome(event) {
        states.set(event.source, String(event.data.state));
        show(event);
        if (gateways.length > 0 && gateways.every((source) => hasEnded(states.get(source)))) stop.abort();
      },
    });
  } finally {
    clearTimeout(timer);
  }
  const undone = [...states].filter(([, state]) => state === 'Failed' || state === 'Refused');
  if (undone.length > 0)
    throw new CommandFailure(exitCodes.unavailable, `not done by ${names(undone.map(([source]) => source))}`);
  const known = gateways.length > 0 ? gateways : [...states.keys()];
  const silent = known.filter((source) => !hasEnded(states.get(source)));
  if (silent.length > 0)
    throw new CommandFailure(exitCodes.tempFail, `no outcome within ${waitMs / 1000} s of ${names(silent)}`);
  if (known.length === 0)
    throw new CommandFailure(exitCodes.tempFail, `no gateway has said anything within ${waitMs / 1000} s`);
}

function hasEnded(state: string | undefined): boolean {
  return state !== undefined && state !== 'Running';
}

const nameOf = (source: string) => printable(source.replace('/sekisho/gateway/', ''));
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
