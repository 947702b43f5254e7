import type { TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import type { Envelope } from '../events/envelope.ts';
import { type FailureKind, failureName } from '../events/failure-names.ts';
import type { TransitionData } from '../machines/replay.ts';

/**
 * Puts an event on the terminal log; a scan whose query failed gets the three lines of smart-scan.md section 2. One that ran
 * out of its own time while it waited for an answer has had a time-out, too.
 */
export function tellEvent(log: TerminalLog, event: Envelope<TransitionData>): void {
  const { from, state, failure } = event.data;
  if (state === 'Deferred' && (from === 'Querying' || from === 'Connecting')) {
    log.logQueryFailure(event.correlationid ?? '', failureName((failure as FailureKind | null) ?? 'timeout'));
  }
  log.logEvent(event);
}
