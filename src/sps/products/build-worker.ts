import { parentPort, workerData } from 'node:worker_threads';
import { type BuildOptions, buildPublication } from './build.ts';
import type { Publication } from './publication.ts';

const { options, before } = workerData as { options: BuildOptions; before: Publication | undefined };
// A build takes seconds of processor time; in a thread of its own it holds up no query.
parentPort?.postMessage(await buildPublication(options, before));
