import type { Clock } from '../ports/clock.ts';

/** Waits that double from `firstMs` up to `mostMs`. */
export interface BackOff {
  firstMs: number;
  mostMs: number;
}

/** Waits before the given attempt, counted from 0; resolves at once when the signal aborts. */
export function backOff(
  { firstMs, mostMs }: BackOff,
  attempt: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  return pause(Math.min(firstMs * 2 ** Math.min(attempt, 30), mostMs), clock, signal);
}

/** Waits; resolves at once when the signal aborts or there is nothing to wait for. */
export function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
