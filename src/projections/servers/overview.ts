import type { ViewReader } from '../ports/view-store.ts';
import type { ComponentRow, EngineRow, GatewayRow, MethodRow, RelayRow, ServerRow } from './rows.ts';

/** A gateway with everything that it now has. */
export interface GatewayOverview extends GatewayRow {
  /** Of the newest epoch; both absent before the first has begun. */
  method?: MethodRow['method'];
  searchMethod?: MethodRow;
  servers: readonly ServerRow[];
  /** Scan engines outside. */
  engines: readonly EngineRow[];
  components: readonly ComponentRow[];
  /** The ways of its log to Kafka and to a syslog server; those that there are. */
  relays: readonly RelayRow[];
}

/**
 * Every gateway with the servers of its newest epoch. Servers of epochs that are gone are left out here, at reading, so that the
 * view does not depend on the order in which servers and gateways were folded.
 */
export function overview(view: Pick<ViewReader, 'query' | 'get'>): GatewayOverview[] {
  const rows = <Kind>(table: string): Kind[] => [...view.query(table)] as unknown as Kind[];
  const one = <Kind>(table: string, key: string) => view.get(table, key) as unknown as Kind | undefined;
  const servers = rows<ServerRow>('servers');
  const components = rows<ComponentRow>('components');
  const engines = rows<EngineRow>('engines');
  const relays = rows<RelayRow>('relays');
  return rows<GatewayRow>('gateways')
    .sort((a, b) => a.gateway.localeCompare(b.gateway))
    .map((row) => {
      const searchMethod = one<MethodRow>('methods', row.gateway);
      const own = servers.filter(({ gateway }) => gateway === row.gateway);
      // An epoch begins with its method; a list may have no servers.
      const epoch = Math.max(searchMethod?.epoch ?? 0, ...own.map((server) => server.epoch));
      return {
        ...row,
        ...(searchMethod && { method: searchMethod.method, searchMethod }),
        servers: own.filter((server) => server.epoch === epoch).sort((a, b) => a.server.localeCompare(b.server)),
        engines: engines
          .filter(({ gateway }) => gateway === row.gateway)
          .sort((a, b) => a.server.localeCompare(b.server)),
        components: components
          .filter(({ gateway }) => gateway === row.gateway)
          .sort((a, b) => a.component.localeCompare(b.component)),
        relays: relays.filter(({ gateway }) => gateway === row.gateway).sort((a, b) => a.to.localeCompare(b.to)),
      };
    });
}
