import { type ActorRefFrom, type SnapshotFrom, waitFor } from 'xstate';
import type { CommandResult, ComponentName, Order } from '../../events/command.ts';
import type { ComponentUpdaterEvent, componentUpdaterMachine } from '../../machines/component-updater.ts';
import type { scanServiceMachine } from '../../machines/scan-service.ts';

type Updater = ActorRefFrom<typeof componentUpdaterMachine>;

export interface ServiceCommandsParts {
  service: () => ActorRefFrom<typeof scanServiceMachine> | undefined;
  updater: (component: ComponentName) => Updater | undefined;
  /** Number of the epoch that takes messages. */
  current: () => number | undefined;
  /** Version of a component in use. */
  version: (component: ComponentName) => string | undefined;
  /** Kept answers are void. */
  forgetAnswers: () => void;
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
  /** The version before; resolves when the messages have it. */
  rollBack(component: ComponentName, signal: AbortSignal): Promise<CommandResult>;
  /** Kept answers are void from now on. */
  forgetAnswers(): CommandResult;
  /** Hands on what a check or roll back of a component comes to, and remembers why it failed. */
  noted<Outcome>(component: ComponentName, work: Promise<Outcome>): Promise<Outcome>;
}

/** Why a command was not done. */
class NotDone extends Error {
  /** As of the failure of the component, e.g. `wrongly-signed`. */
  readonly kind: string;
  constructor(kind: string, message: string) {
    super(message);
    this.name = 'NotDone';
    this.kind = kind;
  }
}

const isBusy = ({ value }: SnapshotFrom<typeof componentUpdaterMachine>) =>
  value === 'Checking' || value === 'RollingBack';

export function createServiceCommands(parts: ServiceCommandsParts): ServiceCommands {
  const { service, updater, current, version } = parts;
  const failures = new Map<ComponentName, { kind: string; message: string }>();

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

  /** Has an updater do something now; @throws why it could not be done */
  async function ordered(component: ComponentName, event: ComponentUpdaterEvent, what: string, signal: AbortSignal) {
    const actor = updater(component);
    if (actor === undefined) throw new Error(`nobody keeps the component ${component} up to date`);
    // A check that is under way may have asked before there was anything new.
    await waitFor(actor, (snapshot) => !isBusy(snapshot), { signal });
    failures.set(component, { kind: 'timeout', message: 'no answer in time' });
    actor.send(event);
    const { value } = await waitFor(actor, (snapshot) => !isBusy(snapshot), { signal });
    const failure = failures.get(component);
    if (failure && (value === 'Failed' || value === 'Stale' || value === 'NotRolledBack'))
      throw new NotDone(failure.kind, `${what}: ${failure.message}`);
    return actor.getSnapshot().context;
  }

  /** What is in use when the messages have it. */
  const result = async (component: ComponentName, before: string | null, signal: AbortSignal) => ({
    epoch: await settled(signal),
    version: version(component) ?? null,
    before,
  });

  return {
    async restart(signal) {
      const actor = service();
      const before = actor?.getSnapshot().context.epoch;
      actor?.send({ type: 'RESTART', reason: 'command' });
      if (actor?.getSnapshot().context.epoch === before) throw new Error('the scan service does not run');
      return { epoch: await settled(signal), version: null };
    },
    async deploy(component, wanted, signal) {
      const before = version(component) ?? null;
      if (wanted === null || before !== wanted) {
        const { heldBack } = await ordered(component, { type: 'CHECK_NOW' }, 'the check failed', signal);
        const inUse = version(component) ?? null;
        const isHeld = heldBack !== null && (wanted === null || wanted === heldBack);
        if (isHeld)
          throw new NotDone(
            'rolled-back',
            `version ${heldBack} was rolled back; ${inUse} stays until there is a newer one`,
          );
        if (wanted !== null && inUse !== wanted)
          throw new NotDone(
            'other-version',
            `version ${inUse ?? 'none'} is in use, as there is no other; wanted is ${wanted}`,
          );
      }
      return result(component, before, signal);
    },
    async rollBack(component, signal) {
      const before = version(component) ?? null;
      await ordered(component, { type: 'ROLL_BACK' }, 'it could not be rolled back', signal);
      return result(component, before, signal);
    },
    forgetAnswers: () => forgotten(parts),
    noted: (component, work) =>
      work.catch((error) => {
        failures.set(component, failureOf(error));
        throw error;
      }),
  };
}

function failureOf(error: unknown): { kind: string; message: string } {
  const { kind = 'error', message = String(error) } = error as { kind?: string; message?: string };
  return { kind, message };
}

function forgotten({ forgetAnswers, current }: ServiceCommandsParts): CommandResult {
  forgetAnswers();
  return { epoch: current() ?? 0, version: null };
}

/** Carries out any order but a restart, which needs the settings. */
export async function carryOut(
  commands: ServiceCommands,
  order: Exclude<Order, { kind: 'restart' }>,
  signal: AbortSignal,
): Promise<CommandResult> {
  if (order.kind === 'deploy-component') return commands.deploy(order.component, order.version, signal);
  if (order.kind === 'rollback-component') return commands.rollBack(order.component, signal);
  return commands.forgetAnswers();
}
