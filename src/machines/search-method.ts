import { assign, setup } from 'xstate';

/**
 * The search method of one epoch, as D16 defines it: conventional exactly when every server of the list is failed over, or a required
 * service is, without which no message could be answered for. It follows the servers and tells what that means for mail; each scan reads the servers themselves.
 */

export interface SearchMethodInput {
  epoch: number;
  /** `[smart_scan] method`. */
  setting: 'smart' | 'conventional';
  /** The servers of the list, `host:port`. */
  servers: readonly string[];
  /** Required reputation services, by name; absent: none. Advisory ones have no say. */
  services?: readonly string[];
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

type Standing = Pick<SearchMethodContext, 'servers' | 'services' | 'failedOver' | 'leftOut'>;

const without = (servers: readonly string[], server: string) => servers.filter((each) => each !== server);
const withOne = (servers: readonly string[], server: string) => [...without(servers, server), server].sort();

/** D16, as `isConventional` of the servers' snapshots says it. */
function isUnanswerable({ servers, services = [], failedOver, leftOut }: Standing): boolean {
  const asked = servers.filter((server) => !leftOut.includes(server));
  const listIsGone = asked.length > 0 && asked.every((server) => failedOver.includes(server));
  return listIsGone || services.some((service) => failedOver.includes(service));
}

/** Those that have no say are not noted. */
function hasSay({ servers, services = [] }: Standing, server: string): boolean {
  return servers.includes(server) || services.includes(server);
}

/** What is known of the servers after one of them has spoken. */
function heard(standing: Standing, { type, server }: SearchMethodEvent): Standing {
  if (!hasSay(standing, server)) return standing;
  const { failedOver, leftOut } = standing;
  return {
    ...standing,
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
    isUnanswerable: ({ context }) => isUnanswerable(context),
    endsSmart: ({ context, event }) => isUnanswerable(heard(context, event)),
    endsConventional: ({ context, event }) => !isUnanswerable(heard(context, event)),
    hasSay: ({ context, event }) => hasSay(context, event.server),
    isNews: ({ context, event }) => hasSay(context, event.server) && !context.failedOver.includes(event.server),
    isKnown: ({ context, event }) => [...context.failedOver, ...context.leftOut].includes(event.server),
    recoversAmongOthers: ({ context, event }) =>
      context.setting === 'smart' && context.failedOver.includes(event.server) && isUnanswerable(heard(context, event)),
  },
  actions: { note: assign(({ context, event }) => heard(context, event)) },
}).createMachine({
  id: 'method',
  initial: 'Starting',
  context: ({ input }) => ({ ...input, leftOut: [] }),
  // While somebody else who is needed is still failed over.
  on: { SERVER_RECOVERED: { guard: 'recoversAmongOthers', actions: 'note' } },
  states: {
    Starting: {
      always: [
        { guard: 'isChosen', target: 'ConventionalBySetting' },
        { guard: 'isUnanswerable', target: 'Conventional' },
        { target: 'Smart' },
      ],
    },
    /** Everybody whose answer is needed is asked; of the list some server. Which are not is noted. */
    Smart: {
      on: {
        SERVER_FAILED_OVER: [
          { guard: 'endsSmart', target: 'Conventional', actions: 'note' },
          // One that begins an epoch so is known to be.
          { guard: 'isNews', actions: 'note' },
        ],
        SERVER_LEFT_OUT: [
          { guard: 'endsSmart', target: 'Conventional', actions: 'note' },
          { guard: 'hasSay', actions: 'note' },
        ],
        SERVER_RECOVERED: { guard: 'isKnown', actions: 'note' },
      },
    },
    /** Section 5: 従来型スキャンへのフェイルオーバー. */
    Conventional: {
      on: {
        SERVER_FAILED_OVER: { guard: 'isNews', actions: 'note' },
        SERVER_LEFT_OUT: { guard: 'isNews', actions: 'note' },
        SERVER_RECOVERED: { guard: 'endsConventional', target: 'Smart', actions: 'note' },
      },
    },
    /** No failover: an administrator wants it so until the next restart. */
    ConventionalBySetting: {},
  },
});
