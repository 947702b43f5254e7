import type { ProjectionContext } from '../projection.ts';
import type { RelayContext } from '../relay.ts';
import type { StreamRule } from './stream-rule.ts';

/** The way of the log to Kafka or to a syslog server. */
export const relay: StreamRule<RelayContext> = {
  lane: 'system',
  subject: ({ to = 'kafka' }) => `relay/${to}`,
  input: ({ to, position, crash }) => ({ ...(to && { to }), position, crash }),
  facts: ({ position, failure, gaps, putAside }) => ({ position, failure, gaps, putAside }),
  severity: ({ crash }, state, from, event) => {
    if (event === 'GAP' || event === 'PUT_ASIDE') return 'ERROR';
    if (state === 'Refused' || state === 'Stuck') return 'ERROR';
    return state === 'Away' || (from === 'Connecting' && crash !== null) ? 'WARN' : 'INFO';
  },
};

/** The keeping of one view. */
export const projection: StreamRule<ProjectionContext> = {
  lane: 'system',
  subject: (context) => `projection/${context.projection}`,
  input: ({ projection: name, retryMs, retryMsMax }) => ({ projection: name, retryMs, retryMsMax }),
  facts: ({ projection: name, failures, parked, lost }) => ({ projection: name, failures, parked, lost }),
  severity: (_context, state, _from, event) => {
    if (event === 'PARKED' || event === 'LOST') return 'ERROR';
    return state === 'Failing' ? 'WARN' : 'INFO';
  },
};
