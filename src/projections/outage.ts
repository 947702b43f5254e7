import type { Envelope } from '../events/envelope.ts';
import type { ToldOnce } from './told.ts';

/** An outage of reputation servers, and when each part of it is told: the same for the log and for notifications. */

/** A server is cached as invalid: told once until it recovers, and within the seconds that it was told for in any case. */
export const outageTold: ToldOnce = {
  once: 'unavailable',
  holdsSeconds: ({ data }) => Number(data.cacheSeconds) || 0,
};

/** Whether a server is Healthy only because the scan service was started anew (D10). */
export const isRestart = ({ data }: Envelope): boolean => data.from === 'Starting';

/** A server is Healthy: the end of an outage, or a restart. */
export const recoveryTold: ToldOnce = {
  ends: ['unavailable', 'failed-over', 'failing', 'throttled', 'refused'],
  isReset: isRestart,
  onlyAfter: ['unavailable', 'failed-over'],
};

/** The search method is conventional (D16): told once until it is smart again, or conventional by setting. */
export const failoverTold: ToldOnce = { once: 'failover' };
export const failoverEnded: ToldOnce = { ends: ['failover'] };
