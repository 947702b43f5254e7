import { hash, randomUUID } from 'node:crypto';
import type { Identity } from '../../actors/ports/identity.ts';

/** Identity from the platform's cryptography. */
export const systemIdentity: Identity = {
  guid: () => randomUUID().toUpperCase(),
  sha256: (content) => hash('sha256', content, 'hex'),
  random: () => Math.random(),
};
