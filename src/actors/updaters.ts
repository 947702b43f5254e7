import type { ActorRefFrom } from 'xstate';
import { type ComponentName, componentNames } from '../events/command.ts';
import type { ComponentUpdaterInput, componentUpdaterMachine } from '../machines/component-updater.ts';
import type { ChildSpec } from '../machines/supervisor.ts';
import { periodMs, type UpdateSchedule } from '../machines/update-schedule.ts';
import { componentInUse } from './component-facts.ts';
import type { Clock } from './ports/clock.ts';
import type { ComponentStore } from './ports/components.ts';
import type { Identity } from './ports/identity.ts';
import type { PatternName } from './ports/scanning.ts';

/** When components are looked for; milliseconds. */
export interface UpdaterTimes {
  /** `[smart_scan] filter_check_seconds`. */
  filterCheckMs: number;
  /** `[smart_scan] filter_age_alert_seconds`. */
  filterStaleMs: number;
  /** Of `[update]`; null where it is not selected. */
  schedules: Readonly<Record<PatternName, UpdateSchedule | null>>;
  retryMs: number;
  retryMsMax: number;
  jitterMsMax: number;
  /** IANA name of the time zone that the schedules mean. */
  timeZone: string;
}

type UpdaterActor = ActorRefFrom<typeof componentUpdaterMachine>;

/** What the updaters need of the supervisor. */
interface Supervisor {
  getSnapshot(): { children: object };
  send(event: { type: 'START_CHILD'; child: ChildSpec }): void;
}

export interface UpdatersParts {
  /** As the settings are now. */
  times: () => UpdaterTimes;
  components: ComponentStore;
  clock: Clock;
  identity: Pick<Identity, 'random'>;
  onProblem: (problem: string, error: unknown) => void;
}

/** A check is given up after this time; what is downloaded by then need not be fetched again. */
const checkMs = { filter: 60_000, agent: 180_000, conventional: 180_000 };
/** Without a successful check for so long, or for two times of the schedule, a pattern is stale. */
const patternStaleMs = 2 * 86_400_000;

/** What an updater is started with; of the times only what is its own. */
function inputOf(
  { components, clock, identity }: UpdatersParts,
  component: ComponentName,
  times: UpdaterTimes,
): ComponentUpdaterInput {
  const { filterCheckMs, filterStaleMs, timeZone, jitterMsMax } = times;
  const { version, heldBack, confirmedMs, facts } = componentInUse(components, component);
  const base = {
    ...{ component, timeZone, jitterMsMax, checkMs: checkMs[component], version, heldBack, confirmedMs, facts },
    ...{ atMs: clock.now(), random: identity.random() },
  };
  if (component === 'filter') {
    // Each failed check is one of the fail count (D9): the next one comes when every other does.
    const schedule: UpdateSchedule = { kind: 'every', ms: filterCheckMs };
    return { ...base, schedule, retryMs: filterCheckMs, retryMsMax: filterCheckMs, staleMs: filterStaleMs };
  }
  const schedule = times.schedules[component];
  const { retryMs, retryMsMax } = times;
  const staleMs = Math.max(patternStaleMs, 2 * (schedule === null ? 0 : periodMs(schedule)));
  return { ...base, schedule, retryMs, retryMsMax: Math.max(retryMs, retryMsMax), staleMs };
}

/** The updaters of all components. */
export interface Updaters {
  /**
   * Loads the components from disk and starts their updaters. A component that is not on disk is waited for until its first
   * check has ended (D3); one that is does not hold up the start, so that a dead source costs nothing.
   */
  start(signal: AbortSignal): Promise<void>;
  /** Starts anew those whose times were changed in the settings. */
  adopt(): void;
  /** Tells them that somebody has set the clock. */
  clockSet(): void;
  /** The running one of a component. */
  of(component: ComponentName): UpdaterActor | undefined;
}

export function createUpdaters(supervisor: () => Supervisor, parts: UpdatersParts): Updaters {
  const timed = new Map<ComponentName, string>();
  const of = (component: ComponentName) =>
    (supervisor().getSnapshot().children as Record<string, UpdaterActor | undefined>)[childId(component)];
  const begin = (component: ComponentName, input: ComponentUpdaterInput) => {
    timed.set(component, timesOf(input));
    supervisor().send({ type: 'START_CHILD', child: { id: childId(component), src: 'updater', input } });
    return of(component);
  };
  return {
    of,
    async start(signal) {
      for (const { component, problem } of await parts.components.load())
        parts.onProblem(`component ${component}: ${problem}`, undefined);
      const times = parts.times();
      await Promise.all(
        componentNames.map((component) => {
          const input = inputOf(parts, component, times);
          const actor = begin(component, input);
          return actor && input.version === null ? checked(actor, signal) : undefined;
        }),
      );
    },
    adopt() {
      const times = parts.times();
      for (const component of componentNames) {
        const input = inputOf(parts, component, times);
        if (timed.get(component) !== timesOf(input)) begin(component, input);
      }
    },
    clockSet() {
      for (const component of componentNames) {
        const moment = { atMs: parts.clock.now(), random: parts.identity.random(), minWaitMs: 0 };
        of(component)?.send({ type: 'CLOCK_SET', ...moment });
      }
    },
  };
}

/** What of an updater's input the settings say. */
function timesOf({ schedule, timeZone, retryMs, retryMsMax, jitterMsMax, staleMs }: ComponentUpdaterInput): string {
  return JSON.stringify([schedule, timeZone, retryMs, retryMsMax, jitterMsMax, staleMs]);
}

const childId = (component: ComponentName) => `updater:${component}`;

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
