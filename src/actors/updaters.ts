import type { ActorRefFrom } from 'xstate';
import type { ComponentUpdaterInput, componentUpdaterMachine } from '../machines/component-updater.ts';
import type { ChildSpec } from '../machines/supervisor.ts';
import type { ComponentStore } from './ports/scanning.ts';

/** Milliseconds. */
export interface UpdaterTimes {
  /** `[smart_scan] filter_check_seconds`. */
  filterCheckMs: number;
  /** `[smart_scan] filter_age_alert_seconds`. */
  filterStaleMs: number;
  /** `[update] interval_seconds` and `retry_seconds`. */
  patternCheckMs: number;
  patternRetryMs: number;
}

type UpdaterActor = ActorRefFrom<typeof componentUpdaterMachine>;
type Component = ComponentUpdaterInput['component'];

/** What the updaters need of the supervisor. */
interface Supervisor {
  getSnapshot(): { children: object };
  send(event: { type: 'START_CHILD'; child: ChildSpec }): void;
}

/** A download is given up after this time. */
const checkMs = 60_000;
/** Patterns are updated once a day; after two days without a successful check they are stale. */
const patternStaleMs = 2 * 86_400_000;

function input(component: Component, times: UpdaterTimes): ComponentUpdaterInput {
  if (component === 'filter') {
    const { filterCheckMs, filterStaleMs } = times;
    return { component, intervalMs: filterCheckMs, retryMs: filterCheckMs, checkMs, staleMs: filterStaleMs };
  }
  const { patternCheckMs, patternRetryMs } = times;
  return { component, intervalMs: patternCheckMs, retryMs: patternRetryMs, checkMs, staleMs: patternStaleMs };
}

/**
 * Loads the components from disk, starts their updaters and waits for the first check of each to end (D3): at most the
 * client's own time-outs when the source is dead.
 */
export async function startUpdaters(
  supervisor: Supervisor,
  times: UpdaterTimes,
  components: ComponentStore,
  signal: AbortSignal,
  onProblem: (problem: string, error: unknown) => void,
): Promise<void> {
  for (const { component, problem } of await components.load())
    onProblem(`component ${component}: ${problem}`, undefined);
  const names: Component[] = ['agent', 'conventional', 'filter'];
  await Promise.all(
    names.map((component) => {
      const id = `updater:${component}`;
      supervisor.send({ type: 'START_CHILD', child: { id, src: 'updater', input: input(component, times) } });
      const actor = (supervisor.getSnapshot().children as Record<string, UpdaterActor | undefined>)[id];
      return actor ? checked(actor, signal) : undefined;
    }),
  );
}

function checked(actor: UpdaterActor, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscription = actor.subscribe({
    next: (snapshot) => snapshot.value !== 'Checking' && resolve(),
    error: () => resolve(),
    complete: () => resolve(),
  });
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => subscription.unsubscribe());
}
