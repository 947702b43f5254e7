import { initialTransition } from 'xstate';
import {
  type ReputationServerContext,
  type ReputationServerInput,
  reputationServerMachine,
} from '../../src/machines/reputation-server.ts';
import type { ServerSnapshot } from '../../src/machines/server-state.ts';

export const serverInput: ReputationServerInput = {
  ...{ server: 'sps.example.org:443', epoch: 1, threshold: 10, cacheMs: 300_000, connectMs: 1500 },
  ...{ failOver: true, wasFailedOver: false },
};

/** A server in a state of the test's choice. */
export function serverIn(
  value: ServerSnapshot['value'],
  context: Partial<ReputationServerContext> = {},
): ServerSnapshot {
  const [initial] = initialTransition(reputationServerMachine, serverInput);
  return reputationServerMachine.resolveState({ value, context: { ...initial.context, ...context } });
}
