import type { Envelope } from '../../events/envelope.ts';
import { isUneventful, type Verdict } from '../../events/scan.ts';
import { erasuresTable, personalEvents } from '../erasure.ts';
import { entryOf, type Said } from '../log-entries/entry.ts';
import { eraseEntry } from '../log-entries/erase-entry.ts';
import { entryTable } from '../log-entries/table.ts';
import type { Change, Projection, Row } from '../projection.ts';
import { factsOf, type ScanFacts } from './facts.ts';
import { deferredSaid, verdictSaid } from './texts.ts';

/** The log of policy events: what the virus rule did. What `sekisho logs query --type policy` shows. */
export const policyEvents: Projection = {
  name: 'policy-events',
  about:
    'the log of policy events: malware, what could not be scanned, rules that matched, and messages that were deferred',
  version: 1,
  lanes: ['scans', 'system'],
  // The verdict for logs of before 0.3.0, and for a gateway that ends before the answer.
  types: ['sekisho.scan.verdict.', 'sekisho.scan.answered.', 'sekisho.scan.deferred.', personalEvents],
  tables: { entries: entryTable, erasures: erasuresTable },
  personal: {
    table: 'entries',
    erase: (row, eraser) => eraseEntry(row, eraser, (event) => policyEvents.fold(event, noRows)),
  },
  ages: [{ table: 'entries' }],
  fold(event) {
    const facts = factsOf(event);
    if (event.type.startsWith('sekisho.scan.deferred.')) {
      return [entry(event, `${event.subject} deferred`, deferredSaid(facts), facts, facts.trigger?.error?.servers)];
    }
    const { verdict } = facts;
    if (!verdict || isUneventful(verdict)) return [];
    // The answer takes the place of the verdict: it says what became of it.
    return [entry(event, event.subject, verdictSaid(verdict, facts), facts, askedOf(verdict))];
  },
};

/** The fold looks at its event alone. */
const noRows = { get: () => undefined };

/** Servers, without our own memory of their answers. */
function askedOf({ servers }: Verdict): readonly string[] {
  return servers.filter((server) => server !== 'cache');
}

function entry(
  event: Envelope,
  key: string,
  said: Said,
  { message }: ScanFacts,
  servers: readonly string[] | undefined,
): Change {
  const more = {
    ...(servers === undefined || servers.length === 0 ? {} : { servers }),
    ...(message?.messageId ? { messageId: message.messageId } : {}),
  };
  return { table: 'entries', key, row: entryOf('policy', event, said, more) as unknown as Row };
}
