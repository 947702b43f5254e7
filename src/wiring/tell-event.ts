import type { TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import type { Envelope } from '../events/envelope.ts';
import { type FailureKind, failureName } from '../events/failure-names.ts';
import type { TransitionData } from '../machines/replay.ts';

/** Puts an event on the terminal log; a scan whose query failed gets the three lines of smart-scan.md section 2. */
export function tellEvent(log: TerminalLog, event: Envelope<TransitionData>): void {
  const failed = event.data.transition === 'scan.Querying:xstate.error.actor.ask' && event.data.state === 'Deferred';
  const kind = (event.data.trigger as { error?: { kind?: unknown } } | undefined)?.error?.kind;
  if (failed) log.logQueryFailure(event.correlationid ?? '', failureName(kind as FailureKind));
  log.logEvent(event);
}
