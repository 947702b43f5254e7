import type { Epoch } from './epoch.ts';
import type { JournalState } from './ports/journal.ts';
import { methodOf, missingPattern } from './scan/findings.ts';

/** Why a message that came now would be answered 4xx before it was scanned; empty when it would be scanned. */
export function notReady(epoch: Epoch | undefined, journal: JournalState): readonly string[] {
  const missing = epoch && missingPattern(methodOf(epoch.settings, epoch.servers), epoch.components());
  return [
    ...(journal === 'open' ? [] : [`journal: ${journal}`]),
    ...(epoch === undefined ? ['the scan service does not run'] : []),
    ...(missing === undefined ? [] : [missing]),
  ];
}
