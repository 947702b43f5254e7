import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

/** The version that this mends: another one must be looked at anew. */
const mendedVersion = '2.2.4';

let isMended = false;

/**
 * Mends a defect of kafkajs 2.2.4 (tulios/kafkajs#1751): every idle connection wakes up a thousand times a second, for ever,
 * which costs 5 % of a core each, and prints TimeoutNegativeWarning on Node 24. The queue is looked at again only when
 * something waits in it or the broker has asked for a pause.
 * @throws for another version of kafkajs.
 */
export function restIdleConnections(): void {
  if (isMended) return;
  const require = createRequire(import.meta.url);
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== mendedVersion) throw new Error(`kafkajs ${version} is not the version that idle-timer.ts knows`);
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  const check = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) check.call(this);
  };
  isMended = true;
}
