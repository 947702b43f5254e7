import type { Envelope } from '../../src/events/envelope.ts';
import type { Projection, Row } from '../../src/projections/projection.ts';

/** Tables of a view, by name and key. */
export type Tables = Record<string, Map<string, Row>>;

/** The view that a projection makes of events, without any store. */
export function foldAll(projection: Projection, events: readonly Envelope[]): Tables {
  const tables: Tables = Object.fromEntries(Object.keys(projection.tables).map((name) => [name, new Map()]));
  for (const event of events) {
    const changes = projection.fold(event, { get: (table, key) => tables[table]?.get(key) });
    for (const { table, key, row } of changes) {
      if (row === undefined) tables[table]?.delete(key);
      // As a store keeps it.
      else tables[table]?.set(key, JSON.parse(JSON.stringify(row)));
    }
  }
  return tables;
}

/** Makes events of one gateway, in order. */
export function eventsOf(source = '/sekisho/gateway/mx.example') {
  let count = 0;
  return (
    type: string,
    subject: string,
    data: Record<string, unknown>,
    severitytext: Envelope['severitytext'] = 'INFO',
  ): Envelope => {
    count++;
    return {
      specversion: '1.0',
      id: `${source}.${count}`,
      source,
      type: `sekisho.${type}.v1`,
      time: new Date(1_800_000_000_000 + count * 1000).toISOString(),
      subject,
      datacontenttype: 'application/json',
      dataschema: `urn:sekisho:schema:sekisho.${type}.v1`,
      streamversion: count,
      severitytext,
      data: { transition: 't', ...data },
    };
  };
}
