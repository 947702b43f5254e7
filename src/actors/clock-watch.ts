import type { Clock } from './ports/clock.ts';

/** How often it is looked at. */
const lookMs = 60_000;
/** A timer of a busy process is late, too; what it is late by hurts nobody. */
const aheadMsMax = 5000;

/**
 * Tells when somebody has set the clock on the wall, or the machine has slept: timers do not know of either.
 * @returns ends the watch
 */
export function watchClock(clock: Clock, onSet: () => void): () => void {
  let timer: unknown;
  const look = (lastMs: number) => {
    timer = clock.setTimeout(() => {
      const now = clock.now();
      if (Math.abs(now - lastMs - lookMs) > aheadMsMax) onSet();
      look(now);
    }, lookMs);
  };
  look(clock.now());
  return () => clock.clearTimeout(timer);
}
