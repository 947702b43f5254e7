import { availableParallelism } from 'node:os';
import type { GatewayParts } from '../actors/gateway.ts';
import { systemClock } from '../actors/ports/clock.ts';
import type { PatternName } from '../actors/ports/scanning.ts';
import { systemIdentity } from '../adapters/identity/identity.ts';
import { createIsolatedReader } from '../adapters/message-reader/isolated-reader.ts';
import { createRewriter } from '../adapters/rewrite/rewriter.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { readNames } from '../adapters/unpack/read-names.ts';
import type { UpdateSchedule } from '../machines/update-schedule.ts';
import { componentStore } from './component-store.ts';
import { nextHop } from './next-hop.ts';
import { servicesOutside } from './services.ts';
import type { SettingsInForce } from './settings-in-force.ts';
import type { TellProblem } from './tell-problem.ts';
import { reputationServers, updateSource } from './update-sources.ts';

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
    components: componentStore(settings, (problem) => onProblem(problem, undefined)),
    updates: updateSource(settings),
    openReputation: () => reputationServers(inForce.all()),
    services: servicesOutside(() => inForce.all(), onProblem),
    settings: inForce.scan,
    times: () => updaterTimes(inForce.all()),
    drainMs,
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

/** When a pattern is looked for by itself; null: it is not selected. */
function scheduleOf(pattern: PatternName, update: Settings['update']): UpdateSchedule | null {
  if (!update.components.includes(pattern)) return null;
  return update[`${pattern}_schedule`] ?? update.schedule ?? { kind: 'every', ms: update.interval_seconds * 1000 };
}

function updaterTimes({ smart_scan, update }: Settings) {
  return {
    filterCheckMs: smart_scan.filter_check_seconds * 1000,
    filterStaleMs: smart_scan.filter_age_alert_seconds * 1000,
    schedules: { agent: scheduleOf('agent', update), conventional: scheduleOf('conventional', update) },
    retryMs: update.retry_seconds * 1000,
    retryMsMax: update.retry_seconds_max * 1000,
    jitterMsMax: update.jitter_seconds_max * 1000,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}
