import { assign, setup } from 'xstate';

/** One certificate that the gateway rests on: told when its end is near, when it is over, and when there is another one. */

export interface CertificateInput {
  /** Whose it is: `host:port` of a server, or the setting that names its file. */
  certificate: string;
  /** Of a server. */
  host: string | null;
  /** `[watch] certificate_days_min`. */
  daysMin: number;
}

/** It was looked at. */
export interface CertificateSeen {
  type: 'SEEN';
  /** Whole days; below 0 it is over. */
  days: number;
  /** RFC 3339, UTC. */
  end: string;
}

export interface CertificateContext extends CertificateInput {
  days: number | null;
  end: string | null;
}

export const certificateMachine = setup({
  types: {
    context: {} as CertificateContext,
    events: {} as CertificateSeen,
    input: {} as CertificateInput,
  },
  guards: {
    isOver: ({ event }) => event.days < 0,
    isNear: ({ context, event }) => event.days >= 0 && event.days <= context.daysMin,
    isGood: ({ context, event }) => event.days > context.daysMin,
  },
  actions: { note: assign(({ event: { days, end } }) => ({ days, end })) },
}).createMachine({
  id: 'certificate',
  initial: 'Unseen',
  context: ({ input }) => ({ ...input, days: null, end: null }),
  states: {
    Unseen: {
      on: {
        SEEN: [
          { guard: 'isOver', target: 'Over', actions: 'note' },
          { guard: 'isNear', target: 'NearItsEnd', actions: 'note' },
          { target: 'Good', actions: 'note' },
        ],
      },
    },
    Good: {
      on: {
        SEEN: [
          { guard: 'isOver', target: 'Over', actions: 'note' },
          { guard: 'isNear', target: 'NearItsEnd', actions: 'note' },
        ],
      },
    },
    NearItsEnd: {
      on: {
        SEEN: [
          { guard: 'isOver', target: 'Over', actions: 'note' },
          { guard: 'isGood', target: 'Good', actions: 'note' },
        ],
      },
    },
    Over: {
      on: {
        SEEN: [
          { guard: 'isNear', target: 'NearItsEnd', actions: 'note' },
          { guard: 'isGood', target: 'Good', actions: 'note' },
        ],
      },
    },
  },
});
