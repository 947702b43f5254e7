import { EventEmitter, once } from 'node:events';
import { type Order, outcomeOf } from '../events/command.ts';
import type { Envelope } from '../events/envelope.ts';
import type { CommandReport, CommandState } from './protocol/schemas.ts';

/** Commands remembered, at most; the oldest go first. */
const commandsMax = 10_000;

/** What is known of commands to this gateway: by the log, and what was given here and has not begun. */
export interface CommandLog {
  /** An event of the lane `commands` that is on disk. */
  observe(event: Envelope): void;
  /** One is given; returns the way to take that back when it could not be. */
  given(command: { id: string; order: Order; givenBy: string; timeMs: number }): () => void;
  find(id: string): CommandReport | undefined;
  /** Resolves when the command has ended, or the signal aborts; never rejects. */
  ended(id: string, signal: AbortSignal): Promise<void>;
}

/** @param gateway its name @param source its CloudEvents source: of the others nothing is known here */
export function createCommandLog(gateway: string, source: string): CommandLog {
  const reports = new Map<string, CommandReport>();
  const changes = new EventEmitter().setMaxListeners(0);
  const keep = (report: CommandReport) => {
    reports.set(report.id, report);
    const [oldest] = reports.keys();
    if (reports.size > commandsMax && oldest !== undefined) reports.delete(oldest);
    changes.emit(nameOf(report.id));
  };
  return {
    observe(event) {
      const outcome = outcomeOf(event);
      if (outcome?.source !== source) return;
      const before = reports.get(outcome.command);
      keep(reportOf(gateway, event, before));
    },
    given({ id, order, givenBy, timeMs }) {
      const time = new Date(timeMs).toISOString();
      const nothing = { result: null, failure: null, reason: null };
      const report: CommandReport = { id, gateway, state: 'given', order, givenBy, time, ...nothing };
      keep(report);
      return () => {
        if (reports.get(id) === report) reports.delete(id);
      };
    },
    find: (id) => reports.get(id),
    async ended(id, signal) {
      while (!signal.aborted && !hasEnded(reports.get(id)))
        await once(changes, nameOf(id), { signal }).catch(() => undefined);
    },
  };
}

/** An id may be `error`, which means something to an emitter. */
const nameOf = (id: string) => `command ${id}`;

/** Whether it is the last word. */
export function hasEnded(report: CommandReport | undefined): boolean {
  return report !== undefined && report.state !== 'given' && report.state !== 'running';
}

const states: Readonly<Record<string, CommandState>> = {
  ...{ Running: 'running', Done: 'done', Refused: 'refused', Failed: 'failed' },
};

function reportOf(gateway: string, { time, data }: Envelope, before: CommandReport | undefined): CommandReport {
  const { command, state, order, result, failure, reason, input } = data as {
    command: string;
    state?: string;
    order?: Order | null;
    result?: CommandReport['result'];
    failure?: string | null;
    reason?: string | null;
    input?: { givenBy?: string | null };
  };
  return {
    ...{ id: command, gateway, time, state: states[state ?? ''] ?? 'running' },
    ...{ order: order ?? null, givenBy: input?.givenBy ?? before?.givenBy ?? null },
    ...{ failure: failure ?? null, reason: reason ?? null, result: result ? { ...result } : null },
  };
}
