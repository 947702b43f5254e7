import type { Projection } from './projection.ts';

/** Every projection, in the order in which people are shown them. */
export const projections: readonly Projection[] = [];
