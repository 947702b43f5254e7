import { type ActorRefFrom, waitFor } from 'xstate';
import type { CommandResult, ComponentName } from '../../events/command.ts';
import type { CheckOutcome, componentUpdaterMachine } from '../../machines/component-updater.ts';
import type { scanServiceMachine } from '../../machines/scan-service.ts';

export interface ServiceCommandsParts {
  service: () => ActorRefFrom<typeof scanServiceMachine> | undefined;
  updater: (component: ComponentName) => ActorRefFrom<typeof componentUpdaterMachine> | undefined;
  /** Number of the epoch that takes messages. */
  current: () => number | undefined;
  /** Version of a component in use. */
  version: (component: ComponentName) => string | undefined;
}

/** What commands do with the running system; each rejects with why it could not. */
export interface ServiceCommands {
  /** A new epoch; resolves when it takes the messages. */
  restart(signal: AbortSignal): Promise<CommandResult>;
  /**
   * The newest version of a component, now; resolves when the messages have it. With `wanted` it is an error when another
   * one is in use then, and nothing is asked when that one is in use already.
   */
  deploy(component: ComponentName, wanted: string | null, signal: AbortSignal): Promise<CommandResult>;
  /** Hands on what a check of a component comes to, and remembers why it failed. */
  noted(component: ComponentName, check: Promise<CheckOutcome>): Promise<CheckOutcome>;
}

export function createServiceCommands({ service, updater, current, version }: ServiceCommandsParts): ServiceCommands {
  const failures = new Map<ComponentName, string>();

  /** The newest epoch, once it takes the messages. */
  async function settled(signal: AbortSignal): Promise<number> {
    const actor = service();
    if (actor === undefined) throw new Error('the scan service does not run');
    const wanted = actor.getSnapshot().context.epoch;
    const takesMessages = () => (current() ?? 0) >= wanted;
    await waitFor(
      actor,
      ({ value, status }) => status !== 'active' || value === 'Running' || (value === 'Draining' && takesMessages()),
      { signal },
    );
    if (!takesMessages())
      throw new Error(`epoch ${wanted} of the scan service could not begin; the one before goes on`);
    return current() ?? wanted;
  }

  async function check(component: ComponentName, signal: AbortSignal): Promise<void> {
    const actor = updater(component);
    if (actor === undefined) throw new Error(`nobody keeps the component ${component} up to date`);
    // One that is under way may have asked before there was anything new.
    await waitFor(actor, ({ value }) => value !== 'Checking', { signal });
    failures.set(component, 'no answer in time');
    actor.send({ type: 'CHECK_NOW' });
    const { value } = await waitFor(actor, (snapshot) => snapshot.value !== 'Checking', { signal });
    if (value === 'Failed' || value === 'Stale') throw new Error(`the check failed: ${failures.get(component)}`);
  }

  return {
    async restart(signal) {
      const actor = service();
      const before = actor?.getSnapshot().context.epoch;
      actor?.send({ type: 'RESTART', reason: 'command' });
      if (actor?.getSnapshot().context.epoch === before) throw new Error('the scan service does not run');
      return { epoch: await settled(signal), version: null };
    },
    async deploy(component, wanted, signal) {
      if (wanted === null || version(component) !== wanted) await check(component, signal);
      const inUse = version(component) ?? null;
      if (wanted !== null && inUse !== wanted)
        throw new Error(`version ${inUse ?? 'none'} is in use, as there is no other; wanted is ${wanted}`);
      return { epoch: await settled(signal), version: inUse };
    },
    noted: (component, outcome) =>
      outcome.catch((error) => {
        failures.set(component, error instanceof Error ? error.message : String(error));
        throw error;
      }),
  };
}
