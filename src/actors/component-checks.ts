import type { CheckFailure, CheckOutcome } from '../machines/component-updater.ts';
import { isUsable } from '../machines/server-state.ts';
import type { Epoch } from './epoch.ts';
import type { Clock } from './ports/clock.ts';
import type { UpdateSource } from './ports/reputation.ts';
import type { ComponentStore, PatternName } from './ports/scanning.ts';
import { asFailure } from './reputation/query-list.ts';

export interface ComponentCheckParts {
  components: ComponentStore;
  updates: UpdateSource;
  clock: Clock;
  /** The newest epoch: its servers are asked for the filter. */
  epoch: () => Epoch | undefined;
  /** A pattern was replaced: the scan service restarts (D10). */
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
    const found =
      component === 'filter' ? await fetchFilter(parts, signal) : await fetchPattern(parts, component, signal);
    if (found === 'unchanged') components.confirm(component, clock.now());
    else if (component === 'filter')
      await components.installFilter(found as Parameters<ComponentStore['installFilter']>[0]);
    else await components.installPattern(component, found as Parameters<ComponentStore['installPattern']>[1]);
    if (found !== 'unchanged' && component !== 'filter' && inUse) parts.onPatternUpdated();
    return {
      outcome: found === 'unchanged' ? 'unchanged' : 'installed',
      version: components.current()[component]?.version ?? '',
    };
  } catch (error) {
    const failure = asFailure(error);
    const ageMs = inUse ? clock.now() - inUse.checkedAtMs : Number.MAX_SAFE_INTEGER;
    throw new CheckFailed(failure.kind, failure.message, ageMs);
  }
}

function fetchPattern(parts: ComponentCheckParts, name: PatternName, signal: AbortSignal) {
  return parts.updates.pattern(name, parts.components.current()[name]?.version, signal);
}

/**
 * The version check of the filter at the servers of the list, in order. Each outcome counts for its own server, apart from
 * its queries (D9); a server that is cached as invalid is not asked.
 */
async function fetchFilter(parts: ComponentCheckParts, signal: AbortSignal) {
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
      const found = await reputation.filter(address, parts.components.current().filter?.version, signal);
      servers.send(address.id, { type: 'VERSION_CHECKED' });
      return found;
    } catch (error) {
      last = error;
      const { kind, retryAfterMs } = asFailure(error);
      if (kind === 'throttled') servers.send(address.id, { type: 'THROTTLED', retryAfterMs: retryAfterMs ?? 60_000 });
      else servers.send(address.id, { type: 'VERSION_CHECK_FAILED', kind });
    }
  }
  throw last;
}
