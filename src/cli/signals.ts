const handled = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Resolves with the next signal that a program of ours reacts to. A second one while it works is kept for the next call. */
export function nextSignal(): Promise<(typeof handled)[number]> {
  const { promise, resolve } = Promise.withResolvers<(typeof handled)[number]>();
  for (const signal of handled) {
    process.removeAllListeners(signal);
    process.on(signal, () => resolve(signal));
  }
  return promise;
}
