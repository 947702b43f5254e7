import type { SnapshotFrom } from 'xstate';
import type { reputationServerMachine } from './reputation-server.ts';

export type ServerSnapshot = SnapshotFrom<typeof reputationServerMachine>;

/** The four states that people know, and the two of D6 and D11. */
export type ServerState = 'Starting' | 'Healthy' | 'Failing' | 'CachedInvalid' | 'Throttled' | 'FailedOver' | 'LeftOut';

/** Top-level state of a server. */
export function serverState(snapshot: ServerSnapshot): ServerState {
  const value = snapshot.value;
  return (typeof value === 'string' ? value : Object.keys(value)[0]) as ServerState;
}

/** State within a top-level one, e.g. `Connecting` in `CachedInvalid`; undefined where there is none. */
function subState(snapshot: ServerSnapshot): string | undefined {
  return typeof snapshot.value === 'string' ? undefined : Object.values(snapshot.value)[0];
}

/** Is a connect attempt under way (D14)? */
export function isConnecting(snapshot: ServerSnapshot): boolean {
  return subState(snapshot) === 'Connecting';
}

/** Is a failed-over server being probed (D16)? */
export function isProbing(snapshot: ServerSnapshot): boolean {
  return subState(snapshot) === 'Probing';
}

/** Fail count as it is shown and compared: the sum of both kinds (D9). */
export function failCount(snapshot: ServerSnapshot): number {
  return snapshot.context.queryFailures + snapshot.context.versionFailures;
}

/** May it be asked now? */
export function isUsable(snapshot: ServerSnapshot): boolean {
  const state = serverState(snapshot);
  return state === 'Healthy' || state === 'Failing';
}

/** Not asked for a time: cached as invalid, or skipped at its own wish (D6). */
export function isInvalid(snapshot: ServerSnapshot): boolean {
  const state = serverState(snapshot);
  return state === 'CachedInvalid' || state === 'Throttled';
}

/** Does a message need its answer? Smart Protection Servers: yes, of one of the list. */
export function isRequired({ context }: ServerSnapshot): boolean {
  return context.required !== false;
}

/** The servers of each source that a message needs an answer of: the list is one, of which any will do, and so is each required service. */
function requiredSources(snapshots: readonly ServerSnapshot[]): ServerSnapshot[][] {
  const needed = snapshots.filter(isRequired);
  return [...Map.groupBy(needed, ({ context }) => (context.service === undefined ? '' : context.server)).values()];
}

/**
 * D16: conventional exactly when every server of the list is failed over; and so when a required service is, as no message could be
 * answered for without it. Those left out (D11) and advisory services have no say.
 */
export function isConventional(snapshots: readonly ServerSnapshot[]): boolean {
  return requiredSources(snapshots).some((source) => {
    const asked = source.filter((snapshot) => serverState(snapshot) !== 'LeftOut');
    return asked.length > 0 && asked.every((snapshot) => serverState(snapshot) === 'FailedOver');
  });
}

/** Can every source that a message needs be asked now? */
export function isAnswerable(snapshots: readonly ServerSnapshot[]): boolean {
  const canBeAsked = (snapshot: ServerSnapshot) => isUsable(snapshot) || serverState(snapshot) === 'Starting';
  return requiredSources(snapshots).every((source) => source.some(canBeAsked));
}

/**
 * D15: how a failed query is treated. `deferred` is 451: a failure that was counted, up to and including the first trip.
 * `while-invalid` is "received while the server is invalid": connect attempt, failover, conventional scan.
 */
export function failureTreatment(before: ServerSnapshot, after: ServerSnapshot): 'deferred' | 'while-invalid' {
  if (!isUsable(before)) return 'while-invalid';
  if (serverState(after) === 'Throttled') return 'while-invalid';
  return serverState(after) === 'CachedInvalid' && after.context.trips > 1 ? 'while-invalid' : 'deferred';
}
