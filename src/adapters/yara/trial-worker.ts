import { parentPort, workerData } from 'node:worker_threads';
import { tryRulesHere } from './try-rules-here.ts';

// Compiling ten thousand rules takes seconds; in a thread of its own it holds up no mail.
parentPort?.postMessage(tryRulesHere(workerData));
