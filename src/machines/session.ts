import { assign, setup } from 'xstate';
import { type MessageScanInput, messageScanMachine, type ScanReply, scanningError } from './message-scan.ts';

/**
 * One SMTP connection. It invokes the scan of each message under the constant id `scan`, so that nothing piles up however
 * many messages come (invariant 7). A scan that breaks costs its own message a 451 and nothing else.
 */

export interface SessionInput {
  session: string;
  client: string;
}

export interface SessionContext extends SessionInput {
  /** Replies given to messages so far. */
  messages: number;
  reply: ScanReply | null;
}

export type SessionEvent = { type: 'MESSAGE'; scan: MessageScanInput } | { type: 'DISCONNECTED' };

export const sessionMachine = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    input: {} as SessionInput,
  },
  actors: { scan: messageScanMachine },
  actions: {
    noteReply: assign({
      messages: ({ context }) => context.messages + 1,
      reply: ({ event }) => (event as unknown as { output: ScanReply }).output,
    }),
    noteBroken: assign({ messages: ({ context }) => context.messages + 1, reply: scanningError }),
  },
}).createMachine({
  id: 'session',
  initial: 'Idle',
  context: ({ input }) => ({ ...input, messages: 0, reply: null }),
  states: {
    /** Between messages: MAIL and RCPT go to the next hop in lock-step, nothing to decide. */
    Idle: {
      on: { MESSAGE: { target: 'Scanning' }, DISCONNECTED: { target: 'Closed' } },
    },
    /** A whole message is in our hands. A client that leaves now still has it and tries again: its scan is given up. */
    Scanning: {
      invoke: {
        id: 'scan',
        src: 'scan',
        input: ({ event }) => (event as Extract<SessionEvent, { type: 'MESSAGE' }>).scan,
        onDone: { target: 'Idle', actions: 'noteReply' },
        onError: { target: 'Idle', actions: 'noteBroken' },
      },
      on: { DISCONNECTED: { target: 'Closed' } },
    },
    Closed: { type: 'final' },
  },
});
