import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServerAddress } from '../../../src/actors/ports/reputation.ts';
import { queryList } from '../../../src/actors/reputation/query-list.ts';
import { createSpsClient, type SpsClient } from '../../../src/adapters/sps-client/sps-client.ts';
import { type Sps, type SpsOptions, startSps } from '../../../src/sps/sps.ts';
import { runningServers } from './running-servers.ts';

const eicar = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
let folder: string;
const running: Sps[] = [];
const clients: SpsClient[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'real-servers-'));
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const sps of running.splice(0)) await sps.close();
  rmSync(folder, { recursive: true });
});

async function start(name: string, options: Partial<SpsOptions> = {}): Promise<Sps> {
  const sps = await startSps({ folder: join(folder, name), host: '127.0.0.1', port: 0, ...options });
  running.push(sps);
  return sps;
}
const addressOf = ({ port }: Sps): ServerAddress => ({ id: `127.0.0.1:${port}`, host: '127.0.0.1', port });

/** Server actors of a list, with real requests. */
function list(servers: readonly Sps[], caFiles: readonly string[]) {
  const byFile = new Map(
    servers.map((sps, index) => [addressOf(sps).id, createSpsClient({ caFile: caFiles[index] ?? '' })]),
  );
  clients.push(...byFile.values());
  const system = runningServers({ servers: servers.map(addressOf) });
  const reputation: SpsClient = {
    query: (server, ...rest) => (byFile.get(server.id) as SpsClient).query(server, ...rest),
    connect: (server, ...rest) => (byFile.get(server.id) as SpsClient).connect(server, ...rest),
    close: async () => {},
  };
  return { ...system, reputation: { ...system.reputation, ...reputation } };
}

test('D11: two servers of one publication, the second filled from the first; one dies, and no query fails', async () => {
  const first = await start('first');
  const keysFile = join(folder, 'first', 'signing-key.pub.pem');
  const follow = { url: `https://127.0.0.1:${first.port}`, keysFile, caFile: first.caFile, intervalMs: 1000 };
  const second = await start('second', { follow });
  const system = list([first, second], [first.caFile, second.caFile]);
  const before = await queryList(system, [eicar], 'scan');
  expect(before).toMatchObject({ server: addressOf(first).id, answers: [{ verdict: 'malicious' }] });
  running.splice(running.indexOf(first), 1);
  await first.close();
  for (let query = 0; query < 5; query++) {
    const answer = await queryList(system, [eicar], 'scan');
    expect(answer).toEqual({ ...before, server: addressOf(second).id });
  }
  expect(system.states()).toEqual(['CachedInvalid 3', 'Healthy 0']);
});

test('D11: a server of another pattern is left out as soon as it is asked: its answer is no answer', async () => {
  const [first, other] = [await start('first'), await start('other', { patternId: 'another' })];
  const system = list([first, other], [first.caFile, other.caFile]);
  await queryList(system, [eicar], 'scan');
  running.splice(running.indexOf(first), 1);
  await first.close();
  await expect(queryList(system, [eicar], 'scan')).rejects.toMatchObject({ kind: 'pattern' });
  expect(system.states()).toEqual(['Failing 1', 'LeftOut 0']);
});
