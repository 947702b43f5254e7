import { createActor, fromPromise } from 'xstate';
import type { QueryListParts } from '../../../src/actors/reputation/query-list.ts';
import { createServers, type Servers } from '../../../src/actors/reputation/servers.ts';
import { connectMs, type ScanSettings } from '../../../src/actors/scan-settings.ts';
import { systemIdentity } from '../../../src/adapters/identity/identity.ts';
import { reputationServerMachine } from '../../../src/machines/reputation-server.ts';
import { failCount, serverState } from '../../../src/machines/server-state.ts';
import { serverList, testSettings } from '../../support/actor-system.ts';
import { atRest } from '../../support/at-rest.ts';
import { type CallOutcome, PendingReputation } from '../../support/pending-reputation.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

/** Real server actors, and requests that the test answers. */
export interface RunningServers extends QueryListParts {
  servers: Servers;
  clock: SteppedClock;
  pending: PendingReputation;
  settings: ScanSettings;
  /** Ends the oldest request; says to whom it went. */
  answer(outcome: CallOutcome): Promise<string>;
  /** State and fail count of each server, e.g. `Failing 3`. */
  states(): string[];
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
}

export function runningServers(changes: Partial<ScanSettings> & { count?: number } = {}): RunningServers {
  const { count = 2, ...rest } = changes;
  const settings = testSettings({ servers: serverList(count), threshold: 2, ...rest });
  const clock = new SteppedClock();
  const pending = new PendingReputation();
  const reputation = pending.open();
  const machine = reputationServerMachine.provide({
    actors: {
      connect: fromPromise(({ input, signal }) => reputation.connect({ id: input.server, host: '', port: 0 }, signal)),
    },
  });
  const actors = new Map(
    settings.servers.map(({ id }) => {
      const { threshold, cacheMs, failOver } = settings;
      const own = { threshold, cacheMs, failOver, connectMs: connectMs(settings), wasFailedOver: false };
      return [id, createActor(machine, { clock, input: { server: id, epoch: 1, ...own } }).start()];
    }),
  );
  const servers = createServers(settings.servers, (id) => actors.get(id));
  return {
    servers,
    clock,
    pending,
    settings,
    reputation,
    identity: systemIdentity,
    async answer(outcome) {
      const call = pending.pending[0];
      if (!call) throw new Error('no request');
      pending.settle(call, outcome);
      await atRest();
      return call.server;
    },
    states: () => servers.snapshots().map((snapshot) => `${serverState(snapshot)} ${failCount(snapshot)}`),
    advance: (ms) => clock.advance(ms, atRest),
  };
}
