import { setImmediate } from 'node:timers/promises';

/** Resolves when every promise that can go on by itself has done so; in tests whose outside waits for the test. */
export async function atRest(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await setImmediate();
}
