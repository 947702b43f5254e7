/** The thread in which the gateway keeps its views up to date: folding must not hold up the mail. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Envelope, Lane } from '../events/envelope.ts';
import type { ProjectionSettings } from './projection-source.ts';
import { runProjections } from './run-projections.ts';
import { problemText } from './tell-problem.ts';

/** What the thread says. */
export type ProjectionsMessage =
  | { kind: 'event'; lane: Lane; event: Envelope }
  | { kind: 'confirm'; reader: string; sequence: number }
  | { kind: 'problem'; text: string };

if (parentPort !== null) {
  const port = parentPort;
  const say = (message: ProjectionsMessage) => port.postMessage(message);
  const abort = new AbortController();
  port.once('message', () => abort.abort());
  await runProjections({
    settings: workerData as ProjectionSettings,
    signal: abort.signal,
    record: (lane, event) => say({ kind: 'event', lane, event }),
    confirm: async (reader, sequence) => say({ kind: 'confirm', reader, sequence }),
    onProblem: (problem, error) => say({ kind: 'problem', text: problemText(problem, error) }),
  });
  port.close();
}
