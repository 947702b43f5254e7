import type { ActorRefFrom } from 'xstate';
import type { ReputationServerEvent, reputationServerMachine } from '../../machines/reputation-server.ts';
import { isInvalid, type ServerSnapshot } from '../../machines/server-state.ts';
import type { ServerAddress } from '../ports/reputation.ts';

export type ServerActor = ActorRefFrom<typeof reputationServerMachine>;

/** The reputation servers of one epoch, and the services. */
export interface Servers {
  /** Smart Protection Servers, in the order of the list. */
  addresses: readonly ServerAddress[];
  snapshot(id: string): ServerSnapshot | undefined;
  snapshots(): ServerSnapshot[];
  /** Dropped once the epoch is retired: late answers of an old epoch do not count (D10). */
  send(id: string, event: ReputationServerEvent): void;
  /** D14: any message received starts the attempt of those that are invalid. */
  messageReceived(atMs: number, scan: string): void;
  /**
   * Resolves when `settled` holds of all snapshots, or when what is waited for would never come: the signal aborts, the
   * epoch is retired and its servers stand still, or the actor of a server fails.
   */
  until(settled: (snapshots: readonly ServerSnapshot[]) => boolean, signal: AbortSignal): Promise<void>;
  /** Does nothing change here any more? */
  isRetired(): boolean;
  retire(): void;
}

/**
 * @param actor the running actor of a server; asked each time, since a failed one is started anew
 * @param services names of reputation services, which have actors like those of servers
 */
export function createServers(
  addresses: readonly ServerAddress[],
  actor: (id: string) => ServerActor | undefined,
  services: readonly string[] = [],
): Servers {
  const ids = [...addresses.map(({ id }) => id), ...services];
  let frozen: Map<string, ServerSnapshot> | undefined;
  const retirement = new AbortController();
  const snapshot = (id: string) => frozen?.get(id) ?? actor(id)?.getSnapshot();
  const snapshots = () => ids.flatMap((id) => snapshot(id) ?? []);
  const send = (id: string, event: ReputationServerEvent) => {
    if (!frozen) actor(id)?.send(event);
  };
  return {
    addresses,
    snapshot,
    snapshots,
    send,
    messageReceived(atMs, scan) {
      for (const id of ids) {
        const current = snapshot(id);
        if (current && isInvalid(current)) send(id, { type: 'MESSAGE_RECEIVED', at: atMs, scan });
      }
    },
    until(settled, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = () => {
        if (ending.aborted || settled(snapshots())) resolve();
      };
      const ending = AbortSignal.any([signal, retirement.signal]);
      const subscriptions = ids.flatMap((id) => actor(id)?.subscribe({ next: check, error: () => resolve() }) ?? []);
      ending.addEventListener('abort', check);
      check();
      return promise.finally(() => {
        ending.removeEventListener('abort', check);
        for (const subscription of subscriptions) subscription.unsubscribe();
      });
    },
    isRetired: () => retirement.signal.aborted,
    retire() {
      frozen ??= new Map(ids.map((id) => [id, snapshot(id)] as const).filter(hasSnapshot));
      retirement.abort();
    },
  };
}

function hasSnapshot(entry: readonly [string, ServerSnapshot | undefined]): entry is readonly [string, ServerSnapshot] {
  return entry[1] !== undefined;
}
