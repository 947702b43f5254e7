import { audit } from './audit/audit.ts';
import { messages } from './messages/messages.ts';
import { notifications } from './notifications/notifications.ts';
import { policyEvents } from './policy-events/policy-events.ts';
import type { Projection } from './projection.ts';
import { servers } from './servers/servers.ts';
import { statistics } from './statistics/statistics.ts';
import { systemEvents } from './system-events/system-events.ts';

/** Every projection, in the order in which people are shown them. */
export const projections: readonly Projection[] = [
  systemEvents,
  policyEvents,
  messages,
  audit,
  servers,
  statistics,
  notifications,
];
