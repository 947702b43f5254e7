import type { Envelope } from '../../events/envelope.ts';
import type { Change, Projection, Row, Rows } from '../projection.ts';

/** A reputation server as one gateway sees it. */
export interface ServerRow {
  /** CloudEvents source of the gateway. */
  gateway: string;
  /** `host:port`. */
  server: string;
  /** The state that people know: Healthy, Failing, CachedInvalid, FailedOver, Throttled, LeftOut, Starting. */
  state: string;
  /** The whole state of the machine, e.g. `CachedInvalid.Connecting`, and the transition that led there. */
  stateValue: string;
  transition: string;
  epoch: number;
  failCount: number;
  threshold: number;
  /** Since when it is in `state`, RFC 3339. */
  since: string;
  /** Until when it is not asked, RFC 3339: of CachedInvalid. */
  invalidUntil?: string;
  /** Kind of the last failure. */
  lastFailure?: string;
  /** Time of the last event. */
  time: string;
}

/** A gateway: its scan service and its way to Kafka. */
export interface GatewayRow {
  gateway: string;
  /** State of the scan service. */
  state: string;
  stateValue: string;
  transition: string;
  epoch: number;
  since: string;
  time: string;
}

/** A component of one gateway. */
export interface ComponentRow {
  gateway: string;
  component: string;
  version: string | null;
  state: string;
  /** When it was last found to be the newest, RFC 3339; absent before that. */
  confirmed?: string;
  time: string;
}

/** The live state of every server, gateway and component: `sekisho servers`, and what a statechart visualizer shows. */
export const servers: Projection = {
  name: 'servers',
  about: 'the live state of every reputation server, as each gateway sees it, and of the gateways',
  version: 1,
  lanes: ['servers', 'system'],
  types: ['sekisho.server.', 'sekisho.service.', 'sekisho.updater.', 'sekisho.relay.'],
  tables: {
    servers: { columns: { gateway: 'text', server: 'text' } },
    gateways: { columns: { gateway: 'text' } },
    components: { columns: { gateway: 'text' } },
    relays: { columns: { gateway: 'text' } },
  },
  fold(event, rows) {
    switch (event.type.split('.')[1]) {
      case 'server':
        return [changed('servers', `${event.source} ${event.subject}`, serverRow(event, rows))];
      case 'updater':
        return [changed('components', `${event.source} ${event.subject}`, componentRow(event, rows))];
      case 'relay':
        return [changed('relays', event.source, stateRow(event, rows.get('relays', event.source)))];
      default:
        return [changed('gateways', event.source, gatewayRow(event, rows))];
    }
  },
};

const changed = (table: string, key: string, row: object): Change => ({ table, key, row: row as Row });
const top = (state: unknown): string => String(state).split('.')[0] ?? '';
const int = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** What all rows of a machine have: its state, and since when. */
function stateRow({ source, time, data }: Envelope, before: Row | undefined) {
  const state = top(data.state);
  return {
    gateway: source,
    state,
    stateValue: String(data.state),
    transition: String(data.transition),
    since: before?.state === state && typeof before.since === 'string' ? before.since : time,
    time,
  };
}

function serverRow(event: Envelope, rows: Rows): ServerRow {
  const { data, time, source, subject } = event;
  const stored = rows.get('servers', `${source} ${subject}`) as ServerRow | undefined;
  // A new epoch knows nothing of the old one (D10).
  const before = stored?.epoch === data.epoch ? stored : undefined;
  const base = stateRow(event, before as Row | undefined);
  const trigger = data.trigger as { kind?: unknown } | undefined;
  const lastFailure = typeof trigger?.kind === 'string' ? trigger.kind : before?.lastFailure;
  const row: ServerRow = {
    ...base,
    server: String(data.server),
    epoch: int(data.epoch),
    failCount: int(data.failCount),
    threshold: int(data.threshold),
  };
  if (base.state !== 'Healthy' && lastFailure !== undefined) row.lastFailure = lastFailure;
  if (base.state === 'CachedInvalid') {
    row.invalidUntil = before?.invalidUntil ?? new Date(Date.parse(time) + int(data.cacheSeconds) * 1000).toISOString();
  }
  return row;
}

function gatewayRow(event: Envelope, rows: Rows): GatewayRow {
  return { ...stateRow(event, rows.get('gateways', event.source)), epoch: int(event.data.epoch) };
}

function componentRow({ data, source, subject, time, type }: Envelope, rows: Rows): ComponentRow {
  const before = rows.get('components', `${source} ${subject}`) as ComponentRow | undefined;
  const isNewest = /\.(?:current|updated)\.v\d+$/.test(type);
  const confirmed = isNewest ? time : before?.confirmed;
  const version = typeof data.version === 'string' ? data.version : null;
  const row: ComponentRow = {
    gateway: source,
    component: String(data.component),
    version,
    state: top(data.state),
    time,
  };
  return confirmed === undefined ? row : { ...row, confirmed };
}
