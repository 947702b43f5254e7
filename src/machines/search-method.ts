import { assign, setup } from 'xstate';

/**
 * The search method of one epoch, as D16 defines it: conventional exactly when every server is failed over. It follows the
 * servers and tells what that means for mail; each scan reads the servers themselves.
 */

export interface SearchMethodInput {
  epoch: number;
  /** `[smart_scan] method`. */
  setting: 'smart' | 'conventional';
  /** The servers of the list, `host:port`. */
  servers: readonly string[];
  /** Those of them that begin failed over (D10). */
  failedOver: readonly string[];
  /** The epoch before ended conventional: by the outage that goes on, which has been told (D10). */
  wasConventional: boolean;
}

export interface SearchMethodContext extends SearchMethodInput {
  /** D11: they have no say. */
  leftOut: readonly string[];
}

/** What a server says of itself when it gets there. */
export interface SearchMethodEvent {
  type: 'SERVER_FAILED_OVER' | 'SERVER_RECOVERED' | 'SERVER_LEFT_OUT';
  server: string;
}

type Standing = Pick<SearchMethodContext, 'servers' | 'failedOver' | 'leftOut'>;

const without = (servers: readonly string[], server: string) => servers.filter((each) => each !== server);
const withOne = (servers: readonly string[], server: string) => [...without(servers, server), server].sort();

/** D16, as `isConventional` of the servers' snapshots says it. */
function allFailedOver({ servers, failedOver, leftOut }: Standing): boolean {
  const asked = servers.filter((server) => !leftOut.includes(server));
  return asked.length > 0 && asked.every((server) => failedOver.includes(server));
}

/** What is known of the servers after one of them has spoken. */
function heard({ servers, failedOver, leftOut }: Standing, { type, server }: SearchMethodEvent): Standing {
  return {
    servers,
    failedOver: type === 'SERVER_FAILED_OVER' ? withOne(failedOver, server) : without(failedOver, server),
    leftOut: type === 'SERVER_LEFT_OUT' ? withOne(leftOut, server) : without(leftOut, server),
  };
}

export const searchMethodMachine = setup({
  types: {
    context: {} as SearchMethodContext,
    events: {} as SearchMethodEvent,
    input: {} as SearchMethodInput,
  },
  guards: {
    isChosen: ({ context }) => context.setting === 'conventional',
    allFailedOver: ({ context }) => allFailedOver(context),
    noneIsLeft: ({ context, event }) => allFailedOver(heard(context, event)),
    isNews: ({ context, event }) => !context.failedOver.includes(event.server),
    isKnown: ({ context, event }) => [...context.failedOver, ...context.leftOut].includes(event.server),
  },
  actions: { note: assign(({ context, event }) => heard(context, event)) },
}).createMachine({
  id: 'method',
  initial: 'Starting',
  context: ({ input }) => ({ ...input, leftOut: [] }),
  states: {
    Starting: {
      always: [
        { guard: 'isChosen', target: 'ConventionalBySetting' },
        { guard: 'allFailedOver', target: 'Conventional' },
        { target: 'Smart' },
      ],
    },
    /** Some server of the list is asked; which of them are not is noted. */
    Smart: {
      on: {
        SERVER_FAILED_OVER: [
          { guard: 'noneIsLeft', target: 'Conventional', actions: 'note' },
          // One that begins an epoch so is known to be.
          { guard: 'isNews', actions: 'note' },
        ],
        SERVER_LEFT_OUT: [{ guard: 'noneIsLeft', target: 'Conventional', actions: 'note' }, { actions: 'note' }],
        SERVER_RECOVERED: { guard: 'isKnown', actions: 'note' },
      },
    },
    /** Section 5: 従来型スキャンへのフェイルオーバー. */
    Conventional: { on: { SERVER_RECOVERED: { target: 'Smart', actions: 'note' } } },
    /** No failover: an administrator wants it so until the next restart. */
    ConventionalBySetting: {},
  },
});
