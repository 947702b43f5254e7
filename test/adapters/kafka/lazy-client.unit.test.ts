import { expect, test } from 'vitest';
import { lazyClient } from '../../../src/adapters/kafka/lazy-client.ts';

/** Clients that fail to connect so many times before one can. */
function clients(failures: number) {
  const made: string[] = [];
  const create = () => {
    const name = `client ${made.push('new')}`;
    return {
      name,
      async connect() {
        if (made.length <= failures) throw new Error('away');
        made[made.length - 1] = 'connected';
      },
      async disconnect() {
        made[made.length - 1] = 'disconnected';
      },
    };
  };
  return { made, client: lazyClient(create) };
}

test('is connected when it is first needed, once for all who need it', async () => {
  const { made, client } = clients(0);
  expect(made).toEqual([]);
  const [a, b] = await Promise.all([client.connected(), client.connected()]);
  expect(a).toBe(b);
  expect(made).toEqual(['connected']);
  await client.disconnect();
  expect(made).toEqual(['disconnected']);
});

test('a failure is told to who needed it, and the next one tries anew', async () => {
  const { client } = clients(1);
  await expect(client.connected()).rejects.toThrow('away');
  expect((await client.connected()).name).toBe('client 2');
});

test('one that was never needed, or could not be connected, needs no goodbye', async () => {
  const { made, client } = clients(1);
  await client.disconnect();
  const connecting = client.connected();
  await Promise.all([expect(connecting).rejects.toThrow('away'), client.disconnect()]);
  expect(made).toEqual(['new']);
});
