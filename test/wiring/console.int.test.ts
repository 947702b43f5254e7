import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Journal } from '../../src/actors/ports/journal.ts';
import { createJournal } from '../../src/adapters/journal/create-journal.ts';
import { readSettings } from '../../src/adapters/settings/read-settings.ts';
import { addToken } from '../../src/console/access/tokens-file.ts';
import { gatewaySource } from '../../src/events/command.ts';
import { type RunningConsole, startConsoleThread } from '../../src/wiring/console.ts';
import { outcome } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';

let folder: string;
let journal: Journal;
let running: RunningConsole | undefined;
let token: string;
const problems: string[] = [];

const start = async (listen: string) => {
  const environment = {
    ...{ SEKISHO_STATE_FOLDER: folder, SEKISHO_STATE_GATEWAY_NAME: 'mx1', SEKISHO_CONSOLE_LISTEN: listen },
  };
  const settings = readSettings({ environment, cwd: folder });
  running = await startConsoleThread(settings, journal, (problem) => problems.push(problem));
  return running;
};
const event = (state: 'Running' | 'Done') => ({ ...outcome('c', state), source: gatewaySource('mx1') });
const report = async () => {
  const answer = await request(`${running?.url}/api/commands/c`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.body.json()) as { state?: string; status?: number };
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'console-'));
  problems.length = 0;
  running = undefined;
  journal = await createJournal({ folder: join(folder, 'journal'), freeBytesMin: 0, daysMax: 36_500 });
  const place = { file: join(folder, 'console', 'tokens'), stateFolder: folder };
  token = await addToken(place, { name: 'eye', role: 'read-only', expiresMs: Date.now() + 3_600_000 });
});
afterEach(async () => {
  await running?.stop();
  await journal.close();
  rmSync(folder, { recursive: true });
});

test('without an address there is none', async () => {
  expect((await start('')).url).toBeUndefined();
});

test('what came of commands is what the log says: before the thread began, and since', async () => {
  journal.append('commands', event('Running'));
  await journal.durable();
  const { observe } = await start('127.0.0.1:0');
  expect(await report()).toMatchObject({ state: 'running' });
  journal.append('commands', event('Done'));
  observe('commands', event('Done'));
  observe('system', { ...event('Running'), id: 'other' });
  await eventually('it is done', async () => (await report()).state === 'done');
  expect(problems).toEqual([]);
});

test('what is not on disk is not told', async () => {
  const waiting = Promise.withResolvers<void>();
  const slow: Journal = Object.create(journal, { durable: { value: () => waiting.promise } });
  const real = journal;
  journal = slow;
  const { observe } = await start('127.0.0.1:0');
  journal = real;
  observe('commands', event('Done'));
  // Answers come in order: had it been told, it would be known by the second.
  expect([(await report()).status, (await report()).status]).toEqual([404, 404]);
  waiting.resolve();
  await eventually('it is told', async () => (await report()).state === 'done');
});

test('where it cannot listen it says why, and the code of the system', async () => {
  const first = await start('127.0.0.1:0');
  const taken = new URL(first.url ?? '').host;
  await expect(start(taken)).rejects.toMatchObject({
    code: 'EADDRINUSE',
    message: expect.stringContaining(`[console] cannot listen on ${taken}`),
  });
});
