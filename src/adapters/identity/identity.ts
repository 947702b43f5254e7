import { randomUUID } from 'node:crypto';
import type { Identity } from '../../actors/ports/identity.ts';

/** Identity from the platform's randomness. */
export const systemIdentity: Identity = {
  guid: () => randomUUID().toUpperCase(),
  random: () => Math.random(),
};
