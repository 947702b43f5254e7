import type { ComponentUpdaterContext } from '../component-updater.ts';
import type { ScanServiceContext } from '../scan-service.ts';
import type { SupervisorContext } from '../supervisor.ts';
import type { StreamRule } from './stream-rule.ts';

/** The scan service: epochs and their ends. */
export const service: StreamRule<ScanServiceContext> = {
  lane: 'system',
  subject: () => 'service',
  input: ({ lastEpoch, drainMs }) => ({ lastEpoch, drainMs }),
  facts: (context) => ({ epoch: context.epoch }),
  severity: (_context, state) => (state === 'Broken' ? 'ERROR' : 'INFO'),
};

/** Whoever starts parts anew that broke. */
export const supervisor: StreamRule<SupervisorContext> = {
  lane: 'system',
  subject: () => 'supervisor',
  input: () => ({}),
  facts: (context) => ({ children: Object.values(context.children).map(({ id, restarts }) => ({ id, restarts })) }),
  severity: (_context, state, _from, event) => {
    if (state === 'GivenUp') return 'ERROR';
    return event.startsWith('xstate.error.actor.') ? 'WARN' : 'INFO';
  },
};

/** One component and its updates. */
export const updater: StreamRule<ComponentUpdaterContext> = {
  lane: 'system',
  subject: (context) => `component/${context.component}`,
  input: ({ component, intervalMs, retryMs, checkMs, staleMs }) => ({
    ...{ component, intervalMs, retryMs, checkMs, staleMs },
  }),
  facts: (context) => ({ component: context.component, version: context.version }),
  severity: (_context, state) => {
    if (state === 'Stale') return 'ERROR';
    return state === 'Failed' ? 'WARN' : state === 'Updated' ? 'INFO' : 'DEBUG';
  },
};
