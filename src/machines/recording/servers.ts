import type { ReputationServerContext } from '../reputation-server.ts';
import type { ScanEngineContext } from '../scan-engine.ts';
import type { SearchMethodContext } from '../search-method.ts';
import type { StreamRule } from './stream-rule.ts';

/** A reputation server, as one epoch sees it. */
export const server: StreamRule<ReputationServerContext> = {
  lane: 'servers',
  subject: (context) => `server/${context.server}`,
  input: ({ server: name, epoch, threshold, cacheMs, connectMs, failOver, wasFailedOver, ...more }) => ({
    ...{ server: name, ...serviceOf(more), epoch, threshold, cacheMs, connectMs, failOver, wasFailedOver },
  }),
  facts: (context) => ({
    server: context.server,
    ...serviceOf(context),
    epoch: context.epoch,
    failCount: context.queryFailures + context.versionFailures,
    threshold: context.threshold,
    trips: context.trips,
    cacheSeconds: context.cacheMs / 1000,
  }),
  severity: ({ required }, state, from, event) => {
    if (event === 'CREDENTIALS_REFUSED') return 'ERROR';
    // A late answer (D12) changes nothing; an outage that outlives a restart is told once (D10).
    if (state === 'CachedInvalid.Unasked') {
      if (from === state) return 'INFO';
      return required === false ? 'WARN' : 'ERROR';
    }
    // It is the search method that switches, once no server is left.
    if (state.startsWith('FailedOver')) return /^(FailedOver|Starting)/.test(from) ? 'INFO' : 'WARN';
    return state === 'Failing' || state === 'LeftOut' || state.startsWith('Throttled') ? 'WARN' : 'INFO';
  },
};

/** Of a reputation service, what kind it is, and whether messages need its answer. */
function serviceOf({ service, required = true }: Pick<ReputationServerContext, 'service' | 'required'>) {
  return service === undefined ? {} : { service, required };
}

/** The search method, which follows from the servers. */
export const method: StreamRule<SearchMethodContext> = {
  lane: 'system',
  subject: () => 'method',
  input: ({ epoch, setting, servers, services = [], failedOver, wasConventional }) => ({
    ...{ epoch, setting, servers, ...(services.length > 0 && { services }), failedOver, wasConventional },
  }),
  facts: ({ epoch, failedOver, leftOut }, state) => ({
    ...{ epoch, method: state.startsWith('Conventional') ? 'conventional' : 'smart', failedOver, leftOut },
  }),
  severity: ({ wasConventional }, state, from) => {
    if (state !== 'Conventional') return 'INFO';
    // An outage that outlives a restart is told once (D10).
    return from === 'Starting' && wasConventional ? 'INFO' : 'ERROR';
  },
};

/** One server of a scan engine outside. */
export const engine: StreamRule<ScanEngineContext> = {
  lane: 'servers',
  subject: ({ engine: kind, server: name }) => `engine/${kind}/${name}`,
  input: ({ engine: kind, server: name, threshold, cacheMs, pingMs, required }) => ({
    ...{ engine: kind, server: name, threshold, cacheMs, pingMs, required },
  }),
  facts: ({ engine: kind, server: name, failures, failure, threshold, cacheMs, required }) => ({
    ...{ engine: kind, server: name, failCount: failures, failure, threshold, cacheSeconds: cacheMs / 1000, required },
  }),
  severity: (_context, state, from) => {
    // A PING that fails goes on with what is told already.
    if (state === 'CachedInvalid') return from === 'Probing' ? 'INFO' : 'ERROR';
    if (state === 'Healthy') return from === 'Unasked' ? 'DEBUG' : 'INFO';
    return state === 'Failing' ? 'WARN' : 'DEBUG';
  },
};
