/** How often each name was met. */
export type Counts = Readonly<Record<string, number>>;

/** With one more, or `by` more. Names may be anything: `__proto__`, too, is one. */
export function counted(counts: Counts, name: string, by = 1): Counts {
  return { ...counts, [name]: (Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0) + by };
}

/** Both together. */
export function together(a: Counts, b: Counts): Counts {
  return Object.entries(b).reduce((sum, [name, count]) => counted(sum, name, count), a);
}

/** Counts of at most so many names, and of all others together. */
export interface BoundedCounts {
  names: Counts;
  other: number;
}

export const noNames: BoundedCounts = { names: {}, other: 0 };

/**
 * With one more. Beyond the limit the names that come first in the alphabet are kept: which ones are kept then depends on the
 * names alone and not on the order in which they came, so any two readers of the log agree.
 */
export function boundedCount({ names, other }: BoundedCounts, name: string, namesMax: number): BoundedCounts {
  const more = counted(names, name);
  const all = Object.keys(more);
  if (all.length <= namesMax) return { names: more, other };
  const last = all.reduce((a, b) => (b > a ? b : a));
  const kept = Object.entries(more).filter(([each]) => each !== last);
  return { names: Object.fromEntries(kept), other: other + (more[last] ?? 0) };
}
