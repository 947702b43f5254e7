import type { Settings } from '../adapters/settings/settings.ts';
import type { SpsConnectionOptions } from '../adapters/sps-client/client-options.ts';
import { createSpsClient, type SpsClient } from '../adapters/sps-client/sps-client.ts';
import { caFile } from './ca-file.ts';

/** Asks the servers of `[smart_scan] servers`. */
export function spsClient(settings: Settings): SpsClient {
  return createSpsClient({ ...connectionToServers(settings), queryBy: settings.smart_scan.query_by });
}

/** How the servers of `[smart_scan] servers` are reached. */
export function connectionToServers(settings: Settings): SpsConnectionOptions {
  return { ...viaProxy(settings), ...caFile(settings, settings.smart_scan.ca_file), ...credentials(settings) };
}

/** How the update source is reached. What is shown to the servers is shown to nobody else. */
export function connectionToUpdateSource(settings: Settings): SpsConnectionOptions {
  const { origin } = new URL(settings.update.url);
  const isServer = settings.smart_scan.servers.some(({ id }) => new URL(`https://${id}`).origin === origin);
  return {
    ...viaProxy(settings),
    ...caFile(settings, settings.update.ca_file ?? settings.smart_scan.ca_file),
    ...(isServer && credentials(settings)),
  };
}

/** What is shown to the servers. */
function credentials({ smart_scan }: Settings) {
  const { api_key_file, client_certificate_file: file, client_key_file: keyFile } = smart_scan;
  return {
    ...(api_key_file !== undefined && { apiKeyFile: api_key_file }),
    ...(file !== undefined && keyFile !== undefined && { certificate: { file, keyFile } }),
  };
}

function viaProxy({ smart_scan }: Settings): { proxyUrl?: string } {
  return smart_scan.proxy === undefined ? {} : { proxyUrl: smart_scan.proxy };
}
