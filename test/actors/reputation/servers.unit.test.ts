import { describe, expect, test } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import { createServers } from '../../../src/actors/reputation/servers.ts';
import { reputationServerMachine } from '../../../src/machines/reputation-server.ts';
import { isConnecting } from '../../../src/machines/server-state.ts';
import { atRest } from '../../support/at-rest.ts';

const address = { id: 'sps.test:443', host: 'sps.test', port: 443 };

/** A server in its connect attempt, with a defect: it fails at 401 and 403. */
function connecting() {
  const machine = reputationServerMachine.provide({
    actors: { connect: fromPromise<void, { server: string }>(() => new Promise(() => {})) },
    actions: {
      noteRefusal: () => {
        throw new Error('a defect');
      },
    },
  });
  const input = { server: address.id, epoch: 1, threshold: 0, cacheMs: 300_000, connectMs: 3000 };
  const actor = createActor(machine, { input: { ...input, failOver: true, wasFailedOver: false } }).start();
  const servers = createServers([address], () => actor);
  for (const _ of ['first', 'trips']) servers.send(address.id, { type: 'QUERY_FAILED', kind: 'refused' });
  servers.messageReceived(Date.now(), 'scan');
  return { actor, servers };
}

describe('who waits for a connect attempt', () => {
  test('waits no longer when the actor of the server fails: what is waited for would never come', async () => {
    const { actor, servers } = connecting();
    expect(servers.snapshots().some(isConnecting)).toBe(true);
    let waits = true;
    const until = servers.until((all) => !all.some(isConnecting), new AbortController().signal);
    void until.then(() => (waits = false));
    await atRest();
    expect(waits).toBe(true);
    actor.send({ type: 'CREDENTIALS_REFUSED' });
    await atRest();
    expect(waits).toBe(false);
  });
});
