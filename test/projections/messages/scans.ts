import type { Envelope } from '../../../src/events/envelope.ts';
import type { Findings, MalwareFact } from '../../../src/events/scan.ts';
import type { Query, ViewReader } from '../../../src/projections/ports/view-store.ts';
import type { Row } from '../../../src/projections/projection.ts';
import type { eventsOf, Tables } from '../../support/fold.ts';

type Make = ReturnType<typeof eventsOf>;

/** What a scan begins with, as the log has it, but for what a test changes. */
export function scanBegun(guid: string, changes: Record<string, unknown> = {}) {
  return {
    ...{ guid, size: 569, mailFrom: 'A@example.org', recipients: ['b@example.net'], recipientCount: 1 },
    ...{ client: '192.0.2.1', clientName: 'mx.example.org', helo: 'mx', queueId: null, messageId: 'm1@example.org' },
    ...{ subject: 'invoice', receivedMs: 1_800_000_000_000, messageMs: 90_000, ...changes },
  };
}

export const hash = 'a'.repeat(64);
const file = { path: ['invoice.exe'], size: 74, sha256: [hash, 'b'.repeat(64)], place: 'attachment', part: 1 };
const findings = {
  ...{ method: 'smart', files: [file], fileCount: 1, unscannable: [], malware: [], toAsk: [hash], components: {} },
};
export const malware: MalwareFact = {
  ...{ path: ['invoice.exe'], name: 'Test.Malware-1', sha256: hash, place: 'attachment', part: 1, by: 'server' },
};

/** The events of a scan that waits for an answer; `input` as from `scanBegun`. */
export function asking(make: Make, input: ReturnType<typeof scanBegun>, found: Partial<Findings> = {}): Envelope[] {
  const trigger = { type: 'xstate.done.actor.unpack', output: { ...findings, ...found } };
  const subject = `scan/${input.guid}`;
  return [
    make('scan.agent-pattern', subject, { state: 'AgentPattern', trigger, input }),
    make('scan.query-filter', subject, { state: 'QueryFilter' }),
    make('scan.querying', subject, { state: 'Querying' }),
  ];
}

/** The end of a scan whose query a server answered. */
export function answered(make: Make, guid: string, changes: Record<string, unknown> = {}): Envelope[] {
  const subject = `scan/${guid}`;
  const trigger = {
    type: 'xstate.done.actor.ask',
    output: { malware: [malware], servers: ['sps:443'], patternVersion: '7' },
  };
  const verdict = {
    ...{ verdict: 'malware', method: 'smart', action: 'delete_attachment', malware: [malware], unscannable: [] },
    ...{ removed: [1], unasked: [], components: { agent: '1' }, servers: ['sps:443'], fileCount: 1, ...changes },
  };
  return [
    make('scan.verdict', subject, { state: 'Verdict', trigger, verdict }),
    make('scan.acting', subject, { state: 'Acting' }),
    make('scan.answered', subject, { state: 'Answered', reply: { code: 250, text: '2.0.0 Ok: queued as 4X' } }),
  ];
}

/** The end of a scan whose query failed: what its server says, and the 451. */
export function deferred(make: Make, guid: string, server = 'sps:443'): Envelope[] {
  const trigger = { type: 'QUERY_FAILED', kind: 'timeout', scan: guid };
  return [
    { ...make('server.failing', `server/${server}`, { state: 'Failing', trigger, server }), correlationid: guid },
    make('scan.deferred', `scan/${guid}`, { state: 'Deferred', reply: null, failure: 'timeout' }),
  ];
}

/** Tables in memory, to be read as a view: as much of queries as tracking needs. */
export function viewOf(tables: Tables): Pick<ViewReader, 'get' | 'query'> {
  const ofColumn = (key: string, row: Row, column: string) => {
    if (column === 'key') return key;
    return column === 'time' ? Date.parse(String(row.time)) : (row[column] as string | null);
  };
  return {
    get: (table, key) => tables[table]?.get(key),
    *query(table, { where = {}, range, orderBy, newestFirst, limit }: Query = {}) {
      const found = [...(tables[table] ?? [])].filter(([key, row]) => {
        const value = range && ofColumn(key, row, range.column);
        const { from, before } = range ?? {};
        const isIn = (from === undefined || (value ?? '') >= from) && (before === undefined || (value ?? '') < before);
        return isIn && Object.entries(where).every(([column, wanted]) => ofColumn(key, row, column) === wanted);
      });
      if (orderBy !== undefined) {
        const value = ([key, row]: [string, Row]) => ofColumn(key, row, orderBy) ?? '';
        found.sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
      }
      if (newestFirst) found.reverse();
      for (const [, row] of found.slice(0, limit ?? found.length)) yield row;
    },
  };
}
