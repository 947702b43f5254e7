import type { ComponentName } from '../events/command.ts';
import { isOurs } from '../events/component-problem.ts';
import type { CheckFailure, CheckOutcome, RollbackOutcome } from '../machines/component-updater.ts';
import { isUsable } from '../machines/server-state.ts';
import type { Moment } from '../machines/update-schedule.ts';
import { componentInUse } from './component-facts.ts';
import type { ComponentUpdate } from './component-update.ts';
import type { Epoch } from './epoch.ts';
import type { Clock } from './ports/clock.ts';
import { ComponentRefused, type ComponentStore, type UpdateSource } from './ports/components.ts';
import type { Identity } from './ports/identity.ts';
import { checkFilter } from './reputation/filter-check.ts';
import { asFailure } from './reputation/query-list.ts';

export interface ComponentCheckParts {
  components: ComponentStore;
  updates: UpdateSource;
  update: ComponentUpdate;
  clock: Clock;
  identity: Pick<Identity, 'random'>;
  /** The newest epoch: its servers are asked for the filter. */
  epoch: () => Epoch | undefined;
  /** Another pattern is in use, be it the first: the scan service restarts (D10), unless it has yet to begin. */
  onPatternUpdated: () => void;
}

/** A check or roll back that failed, with the age of the component in use. */
class CheckFailed extends Error implements CheckFailure {
  readonly kind: string;
  readonly ageMs: number;
  readonly atMs: number;
  readonly random: number;
  readonly minWaitMs: number;
  constructor({ kind, message }: { kind: string; message: string }, ageMs: number, moment: Moment) {
    super(message);
    this.name = 'CheckFailed';
    this.kind = kind;
    this.ageMs = ageMs;
    this.atMs = moment.atMs;
    this.random = moment.random;
    this.minWaitMs = moment.minWaitMs;
  }
}

/** One check of one component: asks whether there is a newer one, and installs it. */
export async function checkComponent(
  parts: ComponentCheckParts,
  component: ComponentName,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  try {
    const done =
      component === 'filter'
        ? await filterOfList(parts, signal)
        : await parts.update(component, (atHand, turn) => parts.updates.fetch(component, atHand, signal, turn), signal);
    if (done === 'installed' && component !== 'filter') parts.onPatternUpdated();
    const { version, heldBack, facts } = componentInUse(parts.components, component);
    const outcome = done === 'unchanged' && heldBack !== null ? 'held-back' : done;
    return { outcome, version: version ?? '', heldBack, ...facts, ...momentOf(parts, component) };
  } catch (error) {
    throw failed(parts, component, error);
  }
}

/** Takes the version before into use. */
export async function rollBackComponent(
  parts: ComponentCheckParts,
  component: ComponentName,
): Promise<RollbackOutcome> {
  try {
    const change = await parts.components.rollback(component);
    if (component !== 'filter') parts.onPatternUpdated();
    const { facts } = componentInUse(parts.components, component);
    return { ...change, ...facts, ...momentOf(parts, component) };
  } catch (error) {
    throw failed(parts, component, error);
  }
}

/** Of the filter each server asks by itself, and is then skipped as throttled (D6). */
function momentOf({ clock, identity, updates }: ComponentCheckParts, component: ComponentName): Moment {
  const minWaitMs = component === 'filter' ? 0 : updates.minWaitMs(component);
  return { atMs: clock.now(), random: identity.random(), minWaitMs };
}

function failed(parts: ComponentCheckParts, component: ComponentName, error: unknown): CheckFailed {
  const { confirmedMs, version } = componentInUse(parts.components, component);
  const ageMs = version === null ? Number.MAX_SAFE_INTEGER : parts.clock.now() - confirmedMs;
  const moment = momentOf(parts, component);
  if (error instanceof ComponentRefused) return new CheckFailed(error, ageMs, moment);
  const failure = asFailure(error);
  const minWaitMs = Math.max(moment.minWaitMs, failure.retryAfterMs ?? 0);
  return new CheckFailed(failure, ageMs, { ...moment, minWaitMs: component === 'filter' ? 0 : minWaitMs });
}

/**
 * The version check of the filter at the servers of the list, in order. Each outcome counts for its own server, apart from
 * its queries (D9); a server that is cached as invalid is not asked.
 */
async function filterOfList(parts: ComponentCheckParts, signal: AbortSignal): Promise<'unchanged' | 'installed'> {
  const epoch = parts.epoch();
  if (!epoch) throw new Error('the scan service has not begun');
  const { servers, reputation } = epoch;
  let last: unknown = new Error('no server of the list can be asked now');
  for (const address of servers.addresses) {
    // The time of the check is over: a server that was not asked is not counted (D7).
    if (signal.aborted) break;
    const snapshot = servers.snapshot(address.id);
    if (!snapshot || !isUsable(snapshot)) continue;
    try {
      const outcome = await checkFilter({ ...parts, reputation }, address, signal);
      servers.send(address.id, { type: 'VERSION_CHECKED' });
      return outcome;
    } catch (error) {
      last = error;
      // Of a full disk here no server can be healed; each of them would soon count as failed.
      if (error instanceof ComponentRefused && isOurs(error.kind)) break;
      const { kind, retryAfterMs } = asFailure(error);
      if (kind === 'throttled') servers.send(address.id, { type: 'THROTTLED', retryAfterMs: retryAfterMs ?? 60_000 });
      else servers.send(address.id, { type: 'VERSION_CHECK_FAILED', kind });
      if (kind === 'credentials') servers.send(address.id, { type: 'CREDENTIALS_REFUSED' });
    }
  }
  throw last;
}
