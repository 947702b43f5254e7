import { chownSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootEngine, joinEngine } from '../../../src/adapters/snmp/engine.ts';
import { machineClock } from '../../../src/adapters/snmp/machine-clock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-snmp-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (uptimeSeconds: number, machineStart = 'first') => ({ machineStart, uptimeSeconds: () => uptimeSeconds });

test('the id is of the form of RFC 3411, and stays; boots grow with each start, on disk', async () => {
  const first = await bootEngine(join(folder, 'state'), at(100));
  expect(first.id).toMatch(/^80007ed905[0-9a-f]{24}$/);
  expect(first.boots).toBe(1);
  const second = await bootEngine(join(folder, 'state'), at(200));
  expect(second).toMatchObject({ id: first.id, boots: 2 });
  expect((await bootEngine(join(folder, 'state'), at(300, 'second'))).boots).toBe(3);
  expect(readdirSync(join(folder, 'state'))).toEqual(['snmp-engine.json']);
  expect(statSync(join(folder, 'state', 'snmp-engine.json')).mode & 0o777).toBe(0o600);
});

test('time is since the start, in whole seconds, by a clock that does not jump', async () => {
  const now = { seconds: 100.5 };
  const engine = await bootEngine(folder, { machineStart: 'first', uptimeSeconds: () => now.seconds });
  expect(engine.timeSeconds()).toBe(0);
  now.seconds = 160.4;
  expect(engine.timeSeconds()).toBe(59);
});

test('who joins has the boots and the time of the one that runs', async () => {
  const gateway = await bootEngine(folder, at(100));
  const beside = await joinEngine(folder, at(1000));
  expect(beside).toMatchObject({ id: gateway.id, boots: 1 });
  expect(beside.timeSeconds()).toBe(900);
});

test.skipIf(process.getuid?.() !== 0)('what root makes is for the owner of the state folder', async () => {
  chownSync(folder, 65_534, 65_534);
  await joinEngine(folder, at(1));
  expect(statSync(join(folder, 'snmp-engine.json'))).toMatchObject({ uid: 65_534, gid: 65_534 });
});

test('after a start of the machine nobody runs: who joins boots', async () => {
  await bootEngine(folder, at(100));
  const joined = await joinEngine(folder, at(1000, 'second'));
  expect(joined).toMatchObject({ boots: 2 });
  expect(joined.timeSeconds()).toBe(0);
});

test.each([
  ['no JSON', 'boots'],
  ['nothing', ''],
  ['another form', '{"id":"80007ed9","boots":1,"machineStart":"first","uptimeSeconds":1}'],
  ['boots that are no number', '{"id":"80007ed905aa","boots":"1","machineStart":"first","uptimeSeconds":1}'],
])('a file with %s is not taken: the id would be another one', async (_, content) => {
  writeFileSync(join(folder, 'snmp-engine.json'), content);
  await expect(bootEngine(folder, at(1))).rejects.toThrow(
    /snmp-engine\.json cannot be used: it is damaged\. Delete it/,
  );
  await expect(joinEngine(folder, at(1))).rejects.toThrow(/is damaged/);
});

test('boots never begin anew (RFC 3414 2.2.2)', async () => {
  const file = { id: '80007ed905aabbccdd', boots: 2 ** 31 - 2, machineStart: 'first', uptimeSeconds: 1 };
  writeFileSync(join(folder, 'snmp-engine.json'), JSON.stringify(file));
  await expect(bootEngine(folder, at(1))).rejects.toThrow(/started too often/);
});

test("the machine's clock is the same for all who ask", () => {
  expect(machineClock.machineStart).toMatch(/^[0-9a-f-]{36}$/);
  expect(machineClock.uptimeSeconds()).toBeGreaterThan(0);
});
