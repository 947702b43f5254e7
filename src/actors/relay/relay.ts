import { createActor, fromPromise, type InspectionEvent, waitFor } from 'xstate';
import { type RelayTarget, type RelayTrouble, relayMachine } from '../../machines/relay.ts';
import type { Clock } from '../ports/clock.ts';
import { type Publisher, PublishFailure, type RelaySource } from '../ports/relay.ts';
import { type BackOff, backOff, pause } from './back-off.ts';
import { createForwarding } from './forwarding.ts';

export interface RelayParts {
  clock: Clock;
  source: RelaySource;
  publisher: Publisher;
  /** Told of each new position: Kafka has everything up to it. */
  confirm(position: number): void;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
  /** Part of its name in the log; Kafka when absent. */
  to?: RelayTarget;
  /** Where the relay before this one had come to, 0 if there was none, and why it broke down, if it did. */
  position: number;
  crash: string | null;
  /** How long to wait from attempt to attempt, by what stands in the way. */
  waits: Readonly<Record<RelayTrouble, BackOff>>;
}

/** Waits that spare a broker that is starting, and do not lock an account by wrong passwords. */
export const usualWaits: RelayParts['waits'] = {
  away: { firstMs: 200, mostMs: 5_000 },
  refused: { firstMs: 5_000, mostMs: 60_000 },
  stuck: { firstMs: 1_000, mostMs: 10_000 },
};

/** From one batch to the next while there is no backlog: a request costs as much as some fifty events. */
const gatherMs = 250;

/** A batch of so many shows that there is a backlog, which is sent as fast as Kafka takes it. */
const backlogEvents = 500;

/** The running relay. */
export interface Relay {
  /** Resolves when what is under way has ended, at most some seconds; never rejects. */
  stop(): Promise<void>;
  /** Rejects if the relay broke down by an error that is none of Kafka's. */
  ended(): Promise<void>;
}

/** Starts at once. */
export function startRelay(parts: RelayParts): Relay {
  const { clock, source, publisher } = parts;
  let underWay: Promise<unknown> = Promise.resolve();
  const forwarding = createForwarding(parts, {
    onPosition: parts.confirm,
    onGap: (gap) => actor.send({ type: 'GAP', ...gap }),
    onPutAside: (event) => actor.send({ type: 'PUT_ASIDE', ...event }),
  });

  async function resume(trouble: RelayTrouble | null, signal: AbortSignal) {
    for (let attempt = 0; ; attempt++) {
      if (trouble !== null) await backOff(parts.waits[trouble], attempt, clock, signal);
      signal.throwIfAborted();
      try {
        await publisher.connect();
        // Connected is not enough: only what Kafka has taken shows that it takes events again.
        await forwarding.sendNext();
        return { position: forwarding.position };
      } catch (error) {
        if (!(error instanceof PublishFailure) || error.kind !== trouble) throw error;
      }
    }
  }

  async function forward(signal: AbortSignal): Promise<never> {
    for (;;) {
      signal.throwIfAborted();
      const began = clock.now();
      const count = await forwarding.sendNext();
      if (count === 0) await source.more(forwarding.position, signal);
      // Not more than that, also when somebody sets the clock back meanwhile.
      else if (count < backlogEvents) await pause(Math.min(began + gatherMs - clock.now(), gatherMs), clock, signal);
    }
  }

  const noted = <Result>(work: Promise<Result>): Promise<Result> => {
    underWay = work.catch(() => {});
    return work;
  };
  const machine = relayMachine.provide({
    actors: {
      resume: fromPromise(({ input, signal }) => noted(resume(input, signal))),
      forward: fromPromise(({ signal }) => noted(forward(signal))),
    },
  });
  const { to, position, crash, inspect } = parts;
  const actor = createActor(machine, { input: { ...(to && { to }), position, crash }, clock, inspect });
  const ended = waitFor(actor, ({ status }) => status !== 'active').then(() => undefined);
  ended.catch(() => {});
  actor.start();
  return {
    ended: () => ended,
    async stop() {
      if (actor.getSnapshot().status === 'active') actor.send({ type: 'STOP' });
      await underWay;
      await publisher.disconnect();
    },
  };
}
