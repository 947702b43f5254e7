import { parentPort, workerData } from 'node:worker_threads';
import { type BuildProductsOptions, buildProducts } from './products.ts';

// A build takes seconds of processor time; in a thread of its own it holds up no query.
parentPort?.postMessage(buildProducts(workerData as BuildProductsOptions));
