import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { GatewayParts } from '../actors/gateway.ts';
import { systemClock } from '../actors/ports/clock.ts';
import { createComponentStore } from '../adapters/components/component-store.ts';
import { systemIdentity } from '../adapters/identity/identity.ts';
import { createIsolatedReader } from '../adapters/message-reader/isolated-reader.ts';
import { createRewriter } from '../adapters/rewrite/rewriter.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { createSpsClient } from '../adapters/sps-client/sps-client.ts';
import { createUpdateSource } from '../adapters/sps-client/update-source.ts';
import { readNames } from '../adapters/unpack/read-names.ts';
import { caFile } from './ca-file.ts';
import { nextHop } from './next-hop.ts';
import type { SettingsInForce } from './settings-in-force.ts';
import type { TellProblem } from './tell-problem.ts';

/** Time for scans and clients to finish when the gateway ends or restarts. SIGTERM must be over within 10 s. */
export const drainMs = 8000;

export interface GatewayPartsOptions {
  /** Those of the start. */
  settings: Settings;
  inForce: SettingsInForce;
  onProblem: TellProblem;
}

/** The adapters that the actors are handed, as the settings say. */
export function gatewayParts({ settings, inForce, onProblem }: GatewayPartsOptions) {
  return {
    clock: systemClock,
    identity: systemIdentity,
    nextHop: nextHop(settings, onProblem),
    reader: messageReader(settings, onProblem),
    readNames,
    rewriter: createRewriter(),
    components: createComponentStore({
      folder: join(settings.state.folder, 'components'),
      yaraFileBytesMax: settings.scan.yara_file_bytes_max,
      onProblem: (component, problem) => onProblem(`component ${component}: ${problem}`, undefined),
    }),
    updates: createUpdateSource({
      ...viaProxy(settings),
      ...caFile(settings, settings.update.ca_file ?? settings.smart_scan.ca_file),
      url: settings.update.url,
    }),
    openReputation: () => spsClient(inForce.all()),
    settings: inForce.scan,
    times: gatewayTimes(settings),
  } satisfies Partial<GatewayParts>;
}

/** Ends what the adapters have in hand. */
export async function closeParts({ nextHop, reader, components }: ReturnType<typeof gatewayParts>): Promise<void> {
  await Promise.all([nextHop.close(), reader.close(), components.settled()]);
}

/** Threads that read messages, within the limits of `[scan]`. */
export function messageReader({ scan }: Settings, onProblem: TellProblem) {
  return createIsolatedReader({
    workers: scan.workers ?? availableParallelism(),
    memoryBytesMax: scan.worker_memory_bytes_max,
    file: new URL('./read-worker.ts', import.meta.url),
    onProblem,
  });
}

function gatewayTimes({ smart_scan, update }: Settings) {
  return {
    filterCheckMs: smart_scan.filter_check_seconds * 1000,
    filterStaleMs: smart_scan.filter_age_alert_seconds * 1000,
    patternCheckMs: update.interval_seconds * 1000,
    patternRetryMs: update.retry_seconds * 1000,
    drainMs,
  };
}

/** The way to the servers of `[smart_scan] servers`. */
export function spsClient(settings: Settings) {
  return createSpsClient({
    ...viaProxy(settings),
    ...caFile(settings, settings.smart_scan.ca_file),
    ...credentials(settings),
    queryBy: settings.smart_scan.query_by,
  });
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
