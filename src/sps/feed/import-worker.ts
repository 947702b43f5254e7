import { parentPort, workerData } from 'node:worker_threads';
import { type ImportFeedOptions, importFeed } from './import-feed.ts';

// A merge of millions takes a while, in which whoever reads the topic has to answer its broker.
parentPort?.postMessage(importFeed(workerData as ImportFeedOptions));
