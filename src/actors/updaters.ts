import type { ActorRefFrom } from 'xstate';
import type { ComponentUpdaterInput, componentUpdaterMachine } from '../machines/component-updater.ts';
import type { ChildSpec } from '../machines/supervisor.ts';
import type { ComponentStore } from './ports/components.ts';

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
 * Loads the components from disk and starts their updaters. A component that is not on disk is waited for until its first
 * check has ended (D3); one that is does not hold up the start, so that a dead source costs nothing.
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
      const child = { id: childId(component), src: 'updater', input: input(component, times) };
      supervisor.send({ type: 'START_CHILD', child });
      const actor = updater(supervisor, component);
      const loaded = components.current()[component] !== undefined;
      return actor && !loaded ? checked(actor, signal) : undefined;
    }),
  );
}

const childId = (component: Component) => `updater:${component}`;

/** The running updater of a component. */
export function updater(supervisor: Pick<Supervisor, 'getSnapshot'>, component: Component): UpdaterActor | undefined {
  return (supervisor.getSnapshot().children as Record<string, UpdaterActor | undefined>)[childId(component)];
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
