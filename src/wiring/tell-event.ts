import type { TerminalLog } from '../adapters/terminal-log/terminal-log.ts';
import type { Envelope } from '../events/envelope.ts';
import { type FailureKind, failureName } from '../events/failure-names.ts';
import type { TransitionData } from '../machines/replay.ts';

/** Puts an event on the terminal log; a scan whose query failed gets the three lines of smart-scan.md section 2. */
export function tellEvent(log: TerminalLog, event: Envelope<TransitionData>): void {
  const { from, state, trigger } = event.data;
  if (state === 'Deferred' && (from === 'Querying' || from === 'Connecting')) {
    const { kind } = (trigger as { error?: { kind?: FailureKind } } | undefined)?.error ?? {};
    log.logQueryFailure(event.correlationid ?? '', failureName(from === 'Querying' && kind ? kind : 'invalid'));
  }
  log.logEvent(event);
}
