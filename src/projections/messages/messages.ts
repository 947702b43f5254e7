import type { Envelope } from '../../events/envelope.ts';
import { erased } from '../../events/personal.ts';
import type { Answered, Findings, Verdict } from '../../events/scan.ts';
import { type MessageScanInput, scanningError } from '../../machines/message-scan.ts';
import { erasuresTable, personalEvents } from '../erasure.ts';
import type { Change, Projection, Row, Rows } from '../projection.ts';
import { eraseMessage } from './erase-message.ts';
import { addressesOf, addressKey, failureKey } from './keys.ts';
import {
  type ArrivalRow,
  type EndFacts,
  type FailureRow,
  listedMax,
  type OutcomeRow,
  type VerdictFacts,
} from './rows.ts';

/**
 * Where each message came from and where it went: `sekisho track`, and the log of message tracking. Rows are of one scan each;
 * which scans are tries of one message is found at reading (`tries.ts`), so that the view does not depend on the order of scans.
 * Of a scan's events only those with news are read, and its long row is written once: this runs for each message.
 */
export const messages: Projection = {
  name: 'messages',
  about: 'the way of each message from arrival to next hop: what `sekisho track` shows',
  version: 1,
  lanes: ['scans', 'servers', 'system'],
  types: [
    // The first event of a scan is one of these, or `deferred`.
    ...['sekisho.scan.agent-pattern.', 'sekisho.scan.conventional.'],
    ...['sekisho.scan.verdict.', 'sekisho.scan.answered.', 'sekisho.scan.deferred.'],
    'sekisho.server.',
    personalEvents,
  ],
  tables: {
    arrivals: {
      columns: { time: 'time', messageId: 'text', queueId: 'text' },
      indexes: [['time'], ['messageId', 'time'], ['queueId', 'time']],
    },
    outcomes: { columns: {} },
    failures: { columns: { time: 'time' } },
    addresses: { columns: {} },
    erasures: erasuresTable,
  },
  personal: { table: 'arrivals', erase: eraseMessage },
  // Failures have a time of their own, as nothing says which of them come before their scan's arrival where the log has no order.
  ages: [{ table: 'arrivals', with: removedWith }, { table: 'failures' }],
  fold(event, rows) {
    if (event.type.startsWith('sekisho.server.')) return failed(event);
    const { data } = event;
    const changes = data.input === undefined ? [] : arrived(event, data.input as Partial<MessageScanInput>);
    if (data.state === 'Verdict') changes.push(outcome(event, rows, { verdict: verdictOf(event) }));
    if (data.state === 'Answered' || data.state === 'Deferred')
      changes.push(outcome(event, rows, { end: endOf(event) }));
    return changes;
  },
};

/** What else there is of a scan; `eraseMessage` leaves the addresses of exactly those that its row has. */
function removedWith(row: Row): Change[] {
  const { guid, time, ...envelope } = row as unknown as ArrivalRow;
  const addresses = addressesOf(envelope).map((address) => addressKey(address, time, guid));
  return [{ table: 'outcomes', key: guid }, ...addresses.map((key) => ({ table: 'addresses', key }))];
}

const guidOf = ({ subject }: Envelope) => subject.slice('scan/'.length);

function arrived(event: Envelope, input: Partial<MessageScanInput>): Change[] {
  const row = arrivalOf(event, input);
  return [
    { table: 'arrivals', key: row.guid, row: row as unknown as Row },
    ...addressesOf(row).map((address) => ({
      ...{ table: 'addresses', key: addressKey(address, row.time, row.guid), row: { guid: row.guid } },
    })),
  ];
}

function arrivalOf(event: Envelope, input: Partial<MessageScanInput>): ArrivalRow {
  const { trigger } = event.data as { trigger?: { output?: Partial<Findings> } };
  // A scan that was deferred while it was unpacked has none.
  const { files = [], fileCount = 0, toAsk = [], toAskServices = [] } = trigger?.output ?? {};
  const asked = [...new Set([...toAsk, ...toAskServices])];
  const { receivedMs, recipients = [], recipientCount = recipients.length } = input;
  const { clientName = null, helo = null, messageId = null, queueId = null, subject = null } = input;
  return {
    guid: guidOf(event),
    source: event.source,
    time: receivedMs === undefined ? event.time : new Date(receivedMs).toISOString(),
    unpacked: event.time,
    ...elapsed(event),
    client: input.client ?? '',
    clientName,
    helo,
    mailFrom: input.mailFrom ?? '',
    recipients,
    recipientCount,
    // Tries of different messages would else have the same one.
    messageId: messageId === erased ? null : messageId,
    queueId,
    subject,
    size: input.size ?? 0,
    files: files.slice(0, listedMax).map(({ path, size, sha256, place }) => ({ path, size, sha256, place })),
    fileCount,
    asked: asked.slice(0, listedMax),
    askedCount: asked.length,
  };
}

function outcome(event: Envelope, rows: Rows, news: Partial<OutcomeRow>): Change {
  const guid = guidOf(event);
  const row = { guid, ...rows.get('outcomes', guid), ...news };
  return { table: 'outcomes', key: guid, row };
}

/** How long the scan took so far. */
function elapsed({ data: { elapsedMs } }: Envelope): { elapsedMs?: number } {
  return typeof elapsedMs === 'number' ? { elapsedMs } : {};
}

function verdictOf(event: Envelope): VerdictFacts {
  const { verdict, method, action, also, recipient, ...found } = event.data.verdict as Verdict;
  const { malware, ambiguous, unscannable, servers, components } = found;
  const { output } = (event.data.trigger ?? {}) as { output?: Partial<Answered> };
  const patternVersion = output?.patternVersion;
  return {
    ...{ time: event.time, ...elapsed(event), verdict, method, action },
    ...(also && { also }),
    ...(recipient !== undefined && { recipient }),
    ...{ malware: malware.slice(0, listedMax), malwareCount: malware.length },
    ...(ambiguous && { ambiguous: ambiguous.slice(0, listedMax) }),
    ...{ unscannable: unscannable.slice(0, listedMax), unscannableCount: unscannable.length, servers, components },
    ...(patternVersion !== undefined && { patternVersion }),
  };
}

function endOf(event: Envelope): EndFacts {
  const { time, data } = event;
  const { failure } = data as { failure?: string | null };
  const reply = (data.reply as EndFacts['reply'] | null | undefined) ?? scanningError;
  return { time, ...elapsed(event), reply, ...(typeof failure === 'string' ? { failure } : {}) };
}

/** How a query came to nothing, by the event of the server that says so. */
const failureKinds: Readonly<Record<string, (trigger: { kind?: unknown }) => string>> = {
  QUERY_FAILED: ({ kind }) => String(kind),
  THROTTLED: () => 'throttled',
};

function failed({ id, time, data, correlationid }: Envelope): Change[] {
  const trigger = data.trigger as { type: string; kind?: unknown } | undefined;
  const kindOf = failureKinds[trigger?.type ?? ''];
  if (trigger === undefined || kindOf === undefined || correlationid === undefined) return [];
  const row: FailureRow = { guid: correlationid, time, server: String(data.server), kind: kindOf(trigger) };
  return [{ table: 'failures', key: failureKey(correlationid, time, id), row: row as unknown as Row }];
}
