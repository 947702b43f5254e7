import { isOurs } from '../events/component-problem.ts';
import type { CheckFailure, CheckOutcome } from '../machines/component-updater.ts';
import { isUsable } from '../machines/server-state.ts';
import type { ComponentUpdate } from './component-update.ts';
import type { Epoch } from './epoch.ts';
import type { Clock } from './ports/clock.ts';
import { ComponentRefused, type ComponentStore, type UpdateSource } from './ports/components.ts';
import type { PatternName } from './ports/scanning.ts';
import { checkFilter } from './reputation/filter-check.ts';
import { asFailure } from './reputation/query-list.ts';

export interface ComponentCheckParts {
  components: ComponentStore;
  updates: UpdateSource;
  update: ComponentUpdate;
  clock: Clock;
  /** The newest epoch: its servers are asked for the filter. */
  epoch: () => Epoch | undefined;
  /** A pattern was installed, be it the first: the scan service restarts (D10), unless it has yet to begin. */
  onPatternUpdated: () => void;
}

/** A check that failed, with the age of the component in use. */
class CheckFailed extends Error implements CheckFailure {
  readonly kind: string;
  readonly ageMs: number;
  constructor(kind: string, message: string, ageMs: number) {
    super(message);
    this.name = 'CheckFailed';
    this.kind = kind;
    this.ageMs = ageMs;
  }
}

type Component = PatternName | 'filter';

/** One check of one component: asks whether there is a newer one, and installs it. */
export async function checkComponent(
  parts: ComponentCheckParts,
  component: Component,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const { components, clock } = parts;
  const inUse = components.current()[component];
  try {
    const outcome =
      component === 'filter'
        ? await filterOfList(parts, signal)
        : await parts.update(component, (atHand) => parts.updates.fetch(component, atHand, signal), signal);
    if (outcome === 'installed' && component !== 'filter') parts.onPatternUpdated();
    return { outcome, version: components.current()[component]?.version ?? '' };
  } catch (error) {
    const failure = error instanceof ComponentRefused ? error : asFailure(error);
    const ageMs = inUse ? clock.now() - inUse.checkedAtMs : Number.MAX_SAFE_INTEGER;
    throw new CheckFailed(failure.kind, failure.message, ageMs);
  }
}

/**
 * The version check of the filter at the servers of the list, in order. Each outcome counts for its own server, apart from
 * its queries (D9); a server that is cached as invalid is not asked.
 */
async function filterOfList(parts: ComponentCheckParts, signal: AbortSignal): Promise<CheckOutcome['outcome']> {
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
