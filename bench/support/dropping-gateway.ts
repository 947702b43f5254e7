import type { Journal } from '../../src/actors/ports/journal.ts';
import { loadSettings } from '../../src/adapters/settings/load-settings.ts';
import { createTerminalLog } from '../../src/adapters/terminal-log/terminal-log.ts';
import { startGateway } from '../../src/wiring/gateway.ts';

/** A gateway whose journal drops everything: what is left is what the journal costs. */
const nothing: Journal = {
  append: () => undefined,
  durable: () => Promise.resolve(),
  state: () => 'open',
  onState: () => undefined,
  onHead: () => undefined,
  head: () => 0,
  async *read() {},
  async *follow() {},
  latest: () => Promise.resolve([]),
  confirm: () => Promise.resolve(),
  readers: () => Promise.resolve(new Map()),
  forget: () => Promise.resolve(),
  erase: () => Promise.resolve(0),
  close: () => Promise.resolve(),
};

const settings = await loadSettings({ environment: process.env, cwd: process.cwd() });
const gateway = await startGateway(settings, createTerminalLog(settings.log), {
  openJournal: () => Promise.resolve(nothing),
});
process.once('SIGTERM', async () => {
  await gateway.stop();
  process.exit(0);
});
