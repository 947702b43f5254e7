/** Keeps the counting projection up to date from Kafka until it is ended; settings come in the environment. */
import { loadSettings } from '../../../src/adapters/settings/load-settings.ts';
import { runProjections } from '../../../src/wiring/run-projections.ts';
import { counting } from './counting.ts';

const settings = await loadSettings({ environment: process.env, cwd: process.cwd() });
const end = new AbortController();
process.once('SIGTERM', () => end.abort());
await runProjections({
  settings,
  signal: end.signal,
  chosen: [counting],
  record: () => undefined,
  onProblem: (problem, error) => console.error(problem, error),
});
