import type { Severity } from '../../events/envelope.ts';
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

const severities: Readonly<Record<string, Severity>> = {
  ...{ Stale: 'ERROR', NotRolledBack: 'ERROR', Failed: 'WARN', Updated: 'INFO' },
};

/** One component and its updates. */
export const updater: StreamRule<ComponentUpdaterContext> = {
  lane: 'system',
  subject: (context) => `component/${context.component}`,
  input: ({ input }) => ({ ...input }),
  facts: ({ component, version, facts, heldBack, failures, plan }) => ({
    ...{ component, version, ...facts, heldBack, failures, waitMs: plan?.waitMs ?? null },
  }),
  severity: (_context, state, from) => {
    // Ordered by somebody; that it still holds at the next check is nothing new.
    if (state === 'RolledBack') return from === 'RollingBack' ? 'WARN' : 'DEBUG';
    return severities[state] ?? 'DEBUG';
  },
};
