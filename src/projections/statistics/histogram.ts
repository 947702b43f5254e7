import { durationBucketsMs } from '../../events/occurrence.ts';

/** How often something took how long: counts by bucket, which may be added. JSON; buckets without a count are left out. */
export interface Histogram {
  /** By the exponent of the upper bound, `'3'`: over 4 ms, at most 8. The last one is for all that took longer. */
  buckets: Readonly<Record<string, number>>;
  sumMs: number;
}

export const noDurations: Histogram = { buckets: {}, sumMs: 0 };

/** With one more, if it is known. */
export function withDuration(histogram: Histogram, ms: number | undefined): Histogram {
  if (ms === undefined) return histogram;
  const { buckets, sumMs } = histogram;
  const bucket = bucketOf(ms);
  return { buckets: { ...buckets, [bucket]: (buckets[bucket] ?? 0) + 1 }, sumMs: sumMs + ms };
}

/** Both together. */
export function added(a: Histogram, b: Histogram): Histogram {
  const buckets: Record<string, number> = { ...a.buckets };
  for (const [bucket, count] of Object.entries(b.buckets)) buckets[bucket] = (buckets[bucket] ?? 0) + count;
  return { buckets, sumMs: a.sumMs + b.sumMs };
}

export function countOf({ buckets }: Histogram): number {
  return Object.values(buckets).reduce((sum, count) => sum + count, 0);
}

/**
 * The time within which this part of them was done, ms: interpolated in its bucket, as Prometheus does; undefined without any.
 * @param part 0 to 1
 */
export function quantile(histogram: Histogram, part: number): number | undefined {
  const total = countOf(histogram);
  if (total === 0) return undefined;
  let below = 0;
  for (let bucket = 0; bucket < durationBucketsMs.length; bucket++) {
    const count = histogram.buckets[bucket] ?? 0;
    if (count > 0 && below + count >= part * total) {
      const from = bucket === 0 ? 0 : (durationBucketsMs[bucket - 1] ?? 0);
      const to = durationBucketsMs[bucket] ?? from;
      return from + (to - from) * ((part * total - below) / count);
    }
    below += count;
  }
  return durationBucketsMs.at(-1);
}

function bucketOf(ms: number): number {
  const bucket = durationBucketsMs.findIndex((bound) => ms <= bound);
  return bucket < 0 ? durationBucketsMs.length : bucket;
}
