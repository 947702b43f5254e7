import { describe, expect, test } from 'vitest';
import type { EventObject } from 'xstate';
import { type MessageScanInput, scanningError } from '../../src/machines/message-scan.ts';
import { type SessionContext, sessionMachine } from '../../src/machines/session.ts';
import { allTransitions, createModel, edgePaths, simplePaths, type Watch, walkPaths } from './harness.ts';

const scan = { guid: 'A', messageMs: 90_000 } as MessageScanInput;
const reply = { code: 250, text: 'Ok' };
const model = createModel(sessionMachine, {
  input: { session: '1', client: '192.0.2.1' },
  cases: {
    MESSAGE: [{ type: 'MESSAGE', scan } as EventObject],
    DISCONNECTED: [{ type: 'DISCONNECTED' }],
    'xstate.done.actor.scan': [{ type: 'xstate.done.actor.scan', output: reply } as EventObject],
    'xstate.error.actor.scan': [{ type: 'xstate.error.actor.scan', error: { message: 'broken' } } as EventObject],
  },
  situation: ({ context }) => {
    const { messages, reply: last } = context as SessionContext;
    return [Math.min(messages, 2), last?.code];
  },
});

/** One reply to each message, 451 for a scan that broke; a client that leaves ends its scan; one child id for ever. */
function demands(): Watch {
  let replies = 0;
  return {
    after(subject, event) {
      const { value, context, children } = subject.snapshot();
      if (/^xstate\.(done|error)/.test(event.type)) {
        replies += 1;
        expect(context.reply).toEqual(event.type.includes('.done.') ? reply : scanningError);
      }
      expect(context.messages).toBe(replies);
      expect(Object.keys(children)).toEqual(value === 'Scanning' ? ['scan'] : []);
      expect(subject.isPending('scan')).toBe(value === 'Scanning');
      // The log leaves the input of the scan to the scan's own stream.
      if (event.type === 'MESSAGE')
        expect(subject.log().at(-1)?.data.trigger).toEqual({ type: 'MESSAGE', scan: { guid: 'A' } });
    },
  };
}

describe('session', () => {
  test('every situation and every event in it; all transitions are taken', async () => {
    const { transitions } = await walkPaths(model, edgePaths(model), demands);
    expect([...transitions].sort()).toEqual(allTransitions(sessionMachine));
  });

  test('all simple paths', async () => {
    const paths = simplePaths(model);
    expect(paths.length).toBeGreaterThan(5);
    await walkPaths(model, paths, demands);
  });
});
