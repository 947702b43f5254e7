import type { Clock } from '../ports/clock.ts';
import { ReputationFailure } from '../ports/reputation.ts';

/**
 * Runs a task for at most `timeMs` of the given clock; then its signal aborts and the result is a `timeout` failure,
 * whether or not the task heeds the signal.
 */
export function withTimeout<T>(clock: Clock, timeMs: number, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = clock.setTimeout(() => {
    controller.abort();
    reject(new ReputationFailure('timeout', `no answer within ${timeMs} ms`));
  }, timeMs);
  task(controller.signal).then(resolve, reject);
  return promise.finally(() => clock.clearTimeout(timer));
}
