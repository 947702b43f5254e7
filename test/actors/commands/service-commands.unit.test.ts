import { describe, expect, test } from 'vitest';
import { carryOut } from '../../../src/actors/commands/service-commands.ts';
import type { GatewayParts } from '../../../src/actors/gateway.ts';
import { ComponentRefused } from '../../../src/actors/ports/components.ts';
import { ReputationFailure } from '../../../src/actors/ports/reputation.ts';
import type { CommandResult } from '../../../src/events/command.ts';
import { atRest } from '../../support/at-rest.ts';
import { download } from '../../support/stub-components.ts';
import { type RunningGateway, runningGateway } from '../running-gateway.ts';

/** A gateway whose update source gives what the test wants. */
async function gatewayWith(fetch: GatewayParts['updates']['fetch']) {
  const gateway = await runningGateway({}, { updates: { fetch, minWaitMs: () => 0, close: async () => {} } });
  return { ...gateway, gateway: gateway.gateway, from: gateway.log().length, system: gateway };
}

interface Told {
  result?: CommandResult;
  failed?: string;
  kind?: string;
}

function told(promise: Promise<CommandResult>): Told {
  const found: Told = {};
  promise.then(
    (result) => (found.result = result),
    ({ message, kind }: Error & { kind?: string }) => Object.assign(found, { failed: message, ...(kind && { kind }) }),
  );
  return found;
}

const never = new AbortController().signal;

describe('restart', () => {
  test('is done when the new epoch takes the messages', async () => {
    const { gateway } = await runningGateway();
    const outcome = told(gateway.commands.restart(never));
    await atRest();
    expect(outcome).toEqual({ result: { epoch: 2, version: null } });
  });

  test('waits for the probes of the new epoch', async () => {
    const system = await runningGateway({ threshold: 1 });
    await failOver(system);
    const outcome = told(system.gateway.commands.restart(never));
    await atRest();
    expect(outcome).toEqual({});
    await system.answer('refused');
    expect(outcome).toEqual({ result: { epoch: 2, version: null } });
  });

  test('of an epoch that cannot begin has failed, and the one before goes on', async () => {
    const system = await runningGateway();
    Object.defineProperty(system, 'settings', {
      get: () => {
        throw new Error('broken');
      },
    });
    const outcome = told(system.gateway.commands.restart(never));
    await atRest();
    expect(outcome).toEqual({ failed: expect.stringContaining('epoch 2 of the scan service could not begin') });
    expect((await system.send('a file')).reply?.code).toBe(250);
  });

  test('of a gateway that ends has failed', async () => {
    const { gateway } = await runningGateway();
    await gateway.stop();
    expect(await gateway.commands.restart(never).catch((error) => error.message)).toContain('does not run');
  });
});

describe('deployment', () => {
  test('of a pattern is done when the messages have it', async () => {
    let newest = '1';
    const { gateway, components } = await gatewayWith(async (name, { versions }) =>
      versions.includes(newest) ? 'unchanged' : download(name, newest),
    );
    newest = '2';
    const outcome = told(gateway.commands.deploy('agent', '2', never));
    await atRest();
    expect(components.installed).toEqual(['agent 2']);
    expect(outcome).toEqual({ result: { epoch: 2, version: '2', before: '1' } });
  });

  test('finds nothing newer: done, with the version in use', async () => {
    const { gateway, log, from } = await gatewayWith(async () => 'unchanged');
    const outcome = told(gateway.commands.deploy('conventional', null, never));
    await atRest();
    expect(outcome).toEqual({ result: { epoch: 1, version: '1', before: '1' } });
    expect(log().slice(from)).toEqual(['sekisho.updater.checking.v1', 'sekisho.updater.current.v1']);
  });

  test('asks nobody when the wanted version is in use', async () => {
    const { gateway, log, from } = await gatewayWith(async () => 'unchanged');
    const outcome = told(gateway.commands.deploy('agent', '1', never));
    await atRest();
    expect(outcome).toEqual({ result: { epoch: 1, version: '1', before: '1' } });
    expect(log().slice(from)).toEqual([]);
  });

  test('has failed when another version than the wanted one is there', async () => {
    const { gateway } = await gatewayWith(async () => 'unchanged');
    const outcome = told(gateway.commands.deploy('agent', '3', never));
    await atRest();
    expect(outcome.failed).toBe('version 1 is in use, as there is no other; wanted is 3');
  });

  test('has failed with the reason when the check fails', async () => {
    let isBroken = false;
    const { gateway } = await gatewayWith(async () => {
      if (isBroken) throw new ReputationFailure('refused', 'connection refused');
      return 'unchanged';
    });
    isBroken = true;
    const outcome = told(gateway.commands.deploy('agent', null, never));
    await atRest();
    expect(outcome.failed).toBe('the check failed: connection refused');
  });

  test('asks again when a check was under way, which may have asked before there was anything new', async () => {
    const asked: PromiseWithResolvers<'unchanged'>[] = [];
    const system = await gatewayWith((name) => {
      if (name !== 'agent') return Promise.resolve('unchanged');
      asked.push(Promise.withResolvers());
      return asked.at(-1)?.promise ?? Promise.reject();
    });
    expect(asked).toHaveLength(1);
    const outcome = told(system.gateway.commands.deploy('agent', null, never));
    asked[0]?.resolve('unchanged');
    await atRest();
    expect([asked.length, outcome]).toEqual([2, {}]);
    asked[1]?.resolve('unchanged');
    await atRest();
    expect(outcome.result).toEqual({ epoch: 1, version: '1', before: '1' });
  });
});

describe('roll back', () => {
  test('is done when the messages have the version before; the newest is refused from then on', async () => {
    let newest = '1';
    const { gateway, components, log } = await gatewayWith(async (component, { versions }) =>
      versions.includes(newest) ? 'unchanged' : download(component, newest),
    );
    components.before = '0';
    const outcome = told(gateway.commands.rollBack('agent', never));
    await atRest();
    expect(outcome).toEqual({ result: { epoch: 2, version: '0', before: '1' } });
    const again = told(gateway.commands.deploy('agent', null, never));
    await atRest();
    expect(again).toMatchObject({ kind: 'rolled-back', failed: expect.stringContaining('1 was rolled back; 0 stays') });
    expect(log('component/agent').slice(-4)).toEqual(
      ['rolling-back', 'rolled-back', 'checking', 'rolled-back'].map((name) => `sekisho.updater.${name}.v1`),
    );
    newest = '2';
    const newer = told(gateway.commands.deploy('agent', null, never));
    await atRest();
    expect(newer.result).toEqual({ epoch: 3, version: '2', before: '0' });
  });

  test('D2: of the filter restarts nothing', async () => {
    const { gateway } = await gatewayWith(async () => 'unchanged');
    const outcome = told(gateway.commands.rollBack('filter', never));
    await atRest();
    expect(outcome).toEqual({ result: { epoch: 1, version: '0', before: '1' } });
  });

  test('has failed with its kind where there is no version before', async () => {
    const { gateway, components } = await gatewayWith(async () => 'unchanged');
    components.rollback = () => Promise.reject(new ComponentRefused('nothing-before', 'there is no version before'));
    const outcome = told(gateway.commands.rollBack('agent', never));
    await atRest();
    expect(outcome).toEqual({
      ...{ kind: 'nothing-before', failed: 'it could not be rolled back: there is no version before' },
    });
  });
});

test('to forget answers is done at once: what was known is asked again', async () => {
  const system = await runningGateway();
  system.reputation.ttlSeconds = 3600;
  await system.send('one', 'asked');
  await system.answer('ok');
  await system.send('one', 'asked');
  expect(system.reputation.pending).toEqual([]);
  const order = { kind: 'forget-answers' } as const;
  expect(await carryOut(system.gateway.commands, order, never)).toEqual({ epoch: 1, version: null });
  await system.send('one', 'asked');
  expect(system.reputation.pending.map(({ kind }) => kind)).toEqual(['query']);
  await system.answer('ok');
});

/** The one server of the gateway is failed over. */
async function failOver(system: RunningGateway): Promise<void> {
  for (let each = 0; each < 2; each++) {
    await system.send(`file ${each}`, 'asked');
    await system.answer('refused');
  }
  await system.send('the last', 'asked');
  await system.answer('refused');
  expect(system.server('sps1.test:443').value).toMatchObject({ FailedOver: expect.anything() });
}
