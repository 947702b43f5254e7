import type { ReputationServerInput } from '../machines/reputation-server.ts';
import type { SearchMethodInput } from '../machines/search-method.ts';
import { isConventional, isProbing, isRequired, type ServerSnapshot, serverState } from '../machines/server-state.ts';
import type { ChildSpec } from '../machines/supervisor.ts';
import { createEpoch, type EpochParts } from './create-epoch.ts';
import type { Epoch } from './epoch.ts';
import type { ReputationService } from './ports/reputation.ts';
import type { ServerActor } from './reputation/servers.ts';
import { connectMs, type ScanSettings } from './scan-settings.ts';

export interface EpochsParts extends Pick<EpochParts, 'clock' | 'identity' | 'components' | 'answers' | 'services'> {
  settings: () => ScanSettings;
  openReputation: (settings: ScanSettings) => ReputationService;
  past: Past;
}

/** How the process before ended (D10). */
export interface Past {
  /** Number of its last epoch; 0 when there was none. */
  epoch: number;
  /** Servers that were failed over. */
  failedOver: ReadonlySet<string>;
  /** The search method was conventional because of that, not by setting. */
  wasConventional: boolean;
}

type SupervisorCommand = { type: 'START_CHILD'; child: ChildSpec } | { type: 'STOP_CHILD'; id: string };

/** The epochs of the scan service: the one that takes messages, the one that begins, and those that still drain. */
export interface Epochs {
  /** Takes messages now. */
  current(): Epoch | undefined;
  /** The last begun: its servers are the running ones. */
  newest(): Epoch | undefined;
  /**
   * Begins an epoch: new server actors, then `load` when it is the first of the process, then the probes of servers that
   * were failed over (D10). Messages go to it from then on.
   */
  begin(number: number, signal: AbortSignal, load: () => Promise<void>): Promise<void>;
  /** Resolves when every epoch before this number has drained. */
  drained(before: number): Promise<void>;
}

/** Child id of the actor of the search method. */
export const methodChildId = 'method';
/** Child id of a server's actor. */
export const serverChildId = (server: string): string => `server:${server}`;

export function createEpochs(
  parts: EpochsParts,
  child: (id: string) => ServerActor | undefined,
  supervisor: (command: SupervisorCommand) => void,
): Epochs {
  const all = new Set<Epoch>();
  let current: Epoch | undefined;
  let newest: Epoch | undefined;

  function startServers(epoch: Epoch, before: Epoch | undefined): void {
    const { settings } = epoch;
    for (const { id } of before ? actorsOf(before.settings) : [])
      supervisor({ type: 'STOP_CHILD', id: serverChildId(id) });
    const inputs = actorsOf(settings).map(
      ({ id, ...service }): ReputationServerInput => ({
        server: id,
        ...service,
        epoch: epoch.number,
        threshold: settings.threshold,
        cacheMs: settings.cacheMs,
        connectMs: connectMs(settings),
        failOver: settings.failOver,
        wasFailedOver: wasFailedOver(before?.servers.snapshot(id), parts.past.failedOver.has(id)),
      }),
    );
    const method: SearchMethodInput = {
      epoch: epoch.number,
      setting: settings.method,
      servers: settings.servers.map(({ id }) => id),
      services: (settings.services ?? []).filter(({ required }) => required).map(({ name }) => name),
      failedOver: inputs
        .filter((input) => input.wasFailedOver && input.failOver && input.required !== false)
        .map(({ server }) => server),
      wasConventional: before ? hasFailedOver(before) : parts.past.wasConventional,
    };
    // Before the servers, which tell it where they stand.
    supervisor({ type: 'START_CHILD', child: { id: methodChildId, src: 'method', input: method } });
    for (const input of inputs)
      supervisor({ type: 'START_CHILD', child: { id: serverChildId(input.server), src: 'server', input } });
  }

  return {
    current: () => current,
    newest: () => newest,
    async begin(number, signal, load) {
      const before = newest;
      const settings = parts.settings();
      const epoch = createEpoch({
        ...parts,
        number,
        settings,
        reputation: parts.openReputation(settings),
        serverActor: (id) => child(serverChildId(id)),
      });
      before?.servers.retire();
      newest = epoch;
      all.add(epoch);
      startServers(epoch, before);
      if (!before) await load();
      await epoch.servers.until((snapshots) => !snapshots.filter(isRequired).some(isProbing), signal);
      if (signal.aborted) return;
      epoch.adoptPatterns();
      current = epoch;
      for (const old of all) if (old !== epoch) old.retire();
    },
    async drained(before) {
      const old = [...all].filter((epoch) => epoch.number < before);
      for (const epoch of old) epoch.retire();
      await Promise.all(old.map((epoch) => epoch.drained().then(() => all.delete(epoch))));
    },
  };
}

/** Whoever has an actor: the servers of the list, and the services. */
function actorsOf({ servers, services = [] }: ScanSettings) {
  return [
    ...servers.map(({ id }) => ({ id })),
    ...services.map(({ name, kind, required }) => ({ id: name, service: kind, required })),
  ];
}

function hasFailedOver({ settings, servers }: Epoch): boolean {
  return settings.method === 'smart' && isConventional(servers.snapshots());
}

/** D10: by the epoch before in this process, else by the log of the process before. */
function wasFailedOver(before: ServerSnapshot | undefined, inLog: boolean): boolean {
  return before ? serverState(before) === 'FailedOver' : inLog;
}
