/** So many keys more than there are: as long as they do not come, the filter keeps its size, and a delta is a list of bits. */
const headRoom = 1.25;
const capacityMin = 10_000;
/** With fewer keys than this share of the room, a filter is larger than it needs to be. */
const fillMin = 0.25;

/** Keys that a filter is made for: as many as the last one, if that fits. */
export function filterCapacity(keys: number, before: number | undefined): number {
  if (before !== undefined && keys <= before && (keys >= before * fillMin || before <= capacityMin)) return before;
  return Math.max(capacityMin, Math.ceil(keys * headRoom));
}
