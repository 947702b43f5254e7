/** Time as the actors see it. Tests give a simulated one; xstate takes the same object for its `after`. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  // biome-ignore lint/suspicious/noExplicitAny: xstate's own Clock has this shape
  setTimeout(fn: (...args: any[]) => void, timeoutMs: number): any;
  // biome-ignore lint/suspicious/noExplicitAny: xstate's own Clock has this shape
  clearTimeout(id: any): void;
}

/** The wall clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, timeoutMs) => setTimeout(fn, timeoutMs),
  clearTimeout: (id) => clearTimeout(id),
};
