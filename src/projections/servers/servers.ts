import type { Envelope } from '../../events/envelope.ts';
import type { Projection, Row, Rows } from '../projection.ts';
import type {
  ChartRow,
  ComponentFailure,
  ComponentRow,
  EngineRow,
  GatewayRow,
  MethodRow,
  RelayRow,
  ServerRow,
} from './rows.ts';

/** The live state of every server, gateway and component: `sekisho servers`, and what a statechart visualizer shows. */
export const servers: Projection = {
  name: 'servers',
  about: 'the live state of every reputation server, as each gateway sees it, and of the gateways',
  version: 4,
  lanes: ['servers', 'system'],
  types: [
    'sekisho.server.',
    'sekisho.engine.',
    'sekisho.method.',
    'sekisho.service.',
    'sekisho.updater.',
    'sekisho.relay.',
  ],
  tables: {
    servers: { columns: { gateway: 'text', server: 'text' } },
    engines: { columns: { gateway: 'text', server: 'text' } },
    gateways: { columns: { gateway: 'text' } },
    methods: { columns: { gateway: 'text' } },
    components: { columns: { gateway: 'text' } },
    relays: { columns: { gateway: 'text' } },
  },
  fold(event, rows) {
    const { source, subject } = event;
    switch (event.type.split('.')[1]) {
      case 'server':
        return changed(event, rows, 'servers', `${source} ${subject}`, serverRow);
      case 'engine':
        return changed(event, rows, 'engines', `${source} ${subject}`, engineRow);
      case 'updater':
        return changed(event, rows, 'components', `${source} ${subject}`, componentRow);
      case 'method':
        return changed(event, rows, 'methods', source, methodRow);
      case 'relay':
        return changed(event, rows, 'relays', `${source} ${subject}`, relayRow);
      default:
        return changed(event, rows, 'gateways', source, gatewayRow);
    }
  },
};

/** @param make the row after the event, of the row before it if there is one */
function changed<Kind extends ChartRow>(
  event: Envelope,
  rows: Rows,
  table: string,
  key: string,
  make: (event: Envelope, before: Kind | undefined) => Kind,
) {
  const row = make(event, rows.get(table, key) as unknown as Kind | undefined);
  return [{ table, key, row: row as unknown as Row }];
}

const int = (value: unknown): number => (typeof value === 'number' ? value : 0);
const later = (time: string, ms: number) => new Date(Date.parse(time) + ms).toISOString();
const str = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function chartRow({ source, time, data }: Envelope, before: ChartRow | undefined): ChartRow {
  const stateValue = String(data.state);
  const [state = ''] = stateValue.split('.');
  const since = before?.state === state ? before.since : time;
  return { gateway: source, state, stateValue, transition: String(data.transition), since, time };
}

/** What caused an event, as far as the rows show it. */
interface Trigger {
  kind?: unknown;
  retryAfterMs?: unknown;
  error?: { kind?: unknown };
}

function engineRow(event: Envelope, before: EngineRow | undefined): EngineRow {
  const { data } = event;
  const lastFailure = str(data.failure);
  return {
    ...chartRow(event, before),
    ...{ engine: String(data.engine), server: String(data.server) },
    ...{ failCount: int(data.failCount), threshold: int(data.threshold) },
    ...(lastFailure !== undefined && { lastFailure }),
  };
}

function serverRow(event: Envelope, stored: ServerRow | undefined): ServerRow {
  const { data } = event;
  // A new epoch knows nothing of the old one (D10).
  const before = stored?.epoch === data.epoch ? stored : undefined;
  const chart = chartRow(event, before);
  const trigger = data.trigger as Trigger | undefined;
  const lastFailure = str(trigger?.kind) ?? str(trigger?.error?.kind) ?? before?.lastFailure;
  const invalidUntil = before?.state === chart.state ? before.invalidUntil : untilOf(event, chart.state, trigger);
  return {
    ...chart,
    server: String(data.server),
    ...(typeof data.service === 'string' && { service: data.service, required: data.required !== false }),
    epoch: int(data.epoch),
    failCount: int(data.failCount),
    threshold: int(data.threshold),
    ...(invalidUntil !== undefined && { invalidUntil }),
    ...(lastFailure !== undefined && chart.state !== 'Healthy' && { lastFailure }),
  };
}

function untilOf({ time, data }: Envelope, state: string, trigger: Trigger | undefined): string | undefined {
  if (state === 'CachedInvalid') return later(time, int(data.cacheSeconds) * 1000);
  return state === 'Throttled' ? later(time, int(trigger?.retryAfterMs)) : undefined;
}

function gatewayRow(event: Envelope, before: GatewayRow | undefined): GatewayRow {
  return { ...chartRow(event, before), epoch: int(event.data.epoch) };
}

function methodRow(event: Envelope, before: MethodRow | undefined): MethodRow {
  const { method, epoch } = event.data;
  const isConventional = method === 'conventional';
  return { ...chartRow(event, before), epoch: int(epoch), method: isConventional ? 'conventional' : 'smart' };
}

function componentRow(event: Envelope, before: ComponentRow | undefined): ComponentRow {
  const { data, time } = event;
  const chart = chartRow(event, before);
  const isConfirmed = ['Current', 'Updated'].includes(chart.state);
  const found = {
    confirmed: isConfirmed ? time : (before?.confirmed ?? loadedOf(data.input)),
    lastCheck: data.from === 'Checking' && chart.state !== 'Waiting' ? time : before?.lastCheck,
    nextCheck: typeof data.waitMs === 'number' ? later(time, data.waitMs) : undefined,
    failures: typeof data.failures === 'number' ? data.failures : undefined,
    lastFailure: componentFailure(event) ?? before?.lastFailure,
    patternId: str(data.patternId) ?? before?.patternId,
    signatures: typeof data.signatures === 'number' ? data.signatures : before?.signatures,
    heldBack: str(data.heldBack),
  };
  return {
    ...chart,
    component: String(data.component),
    // A process of before 0.5.0 does not say which one it has before its first check succeeds.
    version: str(data.version) ?? before?.version ?? null,
    ...(Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Partial<ComponentRow>),
  };
}

/** When the component that was loaded had last been found to be the newest. */
function loadedOf(input: unknown): string | undefined {
  const confirmedMs = int((input as { confirmedMs?: unknown } | undefined)?.confirmedMs);
  return confirmedMs > 0 ? new Date(confirmedMs).toISOString() : undefined;
}

function componentFailure({ time, data }: Envelope): ComponentFailure | undefined {
  if (!['Failed', 'Stale', 'NotRolledBack'].includes(String(data.state))) return undefined;
  const { error } = (data.trigger ?? {}) as { error?: { kind?: unknown; message?: unknown } };
  return { time, kind: str(error?.kind) ?? 'timeout', reason: str(error?.message) ?? 'no answer in time' };
}

function relayRow(event: Envelope, before: RelayRow | undefined): RelayRow {
  const to = event.subject === 'relay/syslog' ? ('syslog' as const) : ('kafka' as const);
  const chart = { ...chartRow(event, before), to };
  const failure = str((event.data.failure as { message?: unknown } | null | undefined)?.message);
  return failure === undefined || chart.state === 'Relaying' ? chart : { ...chart, failure };
}
