/** How much a caller may ask. */
export interface Allowance {
  /** Hashes a second in the long run. */
  perSecond: number;
  /** Hashes at once after a rest. */
  burst: number;
}

/** Token buckets of many callers, within bounded memory. */
export interface TokenBuckets {
  /** 0 when the caller may ask now, else the seconds until it may. */
  waitSeconds(caller: string, allowance: Allowance): number;
  /** Takes what was asked. May go below zero: the next request waits until it is paid. */
  take(caller: string, allowance: Allowance, count: number): void;
  /** How many callers are remembered. */
  readonly size: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * A bucket for each caller; at `callersMax` the one that has been silent longest is forgotten.
 * @param nowMs a clock that never goes back
 */
export function createTokenBuckets(callersMax: number, nowMs: () => number): TokenBuckets {
  /** Whoever asked last stands last. */
  const buckets = new Map<string, Bucket>();

  function filled(caller: string, { perSecond, burst }: Allowance): Bucket {
    const now = nowMs();
    const known = buckets.get(caller);
    if (known === undefined) return { tokens: burst, atMs: now };
    return { tokens: Math.min(burst, known.tokens + ((now - known.atMs) / 1000) * perSecond), atMs: now };
  }

  return {
    waitSeconds(caller, allowance) {
      const { tokens } = filled(caller, allowance);
      return tokens >= 1 ? 0 : (1 - tokens) / allowance.perSecond;
    },
    take(caller, allowance, count) {
      const { tokens, atMs } = filled(caller, allowance);
      buckets.delete(caller);
      buckets.set(caller, { tokens: tokens - count, atMs });
      const [oldest] = buckets.keys();
      if (buckets.size > callersMax && oldest !== undefined) buckets.delete(oldest);
    },
    get size() {
      return buckets.size;
    },
  };
}
