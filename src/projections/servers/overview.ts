import type { ViewReader } from '../ports/view-store.ts';
import type { ComponentRow, GatewayRow, ServerRow } from './servers.ts';

/** A gateway with everything that it now has. */
export interface GatewayOverview extends GatewayRow {
  /** D16: conventional exactly when every server is failed over. A gateway that scans so by setting still has its servers here. */
  method: 'smart' | 'conventional';
  servers: readonly ServerRow[];
  components: readonly ComponentRow[];
  /** State of the way to Kafka; absent without Kafka. */
  relay?: string;
}

/**
 * Every gateway with the servers of its newest epoch. Servers of epochs that are gone are left out here, at reading, so that the
 * view does not depend on the order in which servers and gateways were folded.
 */
export function overview(view: Pick<ViewReader, 'query' | 'get'>): GatewayOverview[] {
  const rows = <Kind>(table: string): Kind[] => [...view.query(table)] as unknown as Kind[];
  const servers = rows<ServerRow>('servers');
  const components = rows<ComponentRow>('components');
  return rows<GatewayRow>('gateways')
    .sort((a, b) => a.gateway.localeCompare(b.gateway))
    .map((row) => {
      const own = servers.filter(({ gateway }) => gateway === row.gateway);
      const epoch = Math.max(0, ...own.map((server) => server.epoch));
      const now = own.filter((server) => server.epoch === epoch).sort((a, b) => a.server.localeCompare(b.server));
      const relay = view.get('relays', row.gateway)?.state;
      return {
        ...row,
        method: now.length > 0 && now.every(({ state }) => state === 'FailedOver') ? 'conventional' : 'smart',
        servers: now,
        components: components.filter(({ gateway }) => gateway === row.gateway),
        ...(typeof relay === 'string' ? { relay } : {}),
      };
    });
}
