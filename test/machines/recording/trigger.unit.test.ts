import { describe, expect, test } from 'vitest';
import { recordedTrigger } from '../../../src/machines/recording/trigger.ts';

describe('recorded trigger', () => {
  test('errors become plain objects with their own fields', () => {
    const error = Object.assign(new TypeError('boom'), { treatment: 'deferred' });
    expect(recordedTrigger({ type: 'xstate.error.actor.ask', error, actorId: 'ask' } as never)).toEqual({
      type: 'xstate.error.actor.ask',
      error: { name: 'TypeError', message: 'boom', treatment: 'deferred' },
    });
  });

  test.each([
    [
      { type: 'xstate.done.actor.ask', output: { malware: [] }, actorId: 'ask' },
      { type: 'xstate.done.actor.ask', output: { malware: [] } },
    ],
    [{ type: 'xstate.after.cacheTime.server', more: 1 }, { type: 'xstate.after.cacheTime.server' }],
    [
      { type: 'QUERY_FAILED', kind: 'dns', scan: 'A' },
      { type: 'QUERY_FAILED', kind: 'dns', scan: 'A' },
    ],
    [
      { type: 'MESSAGE', scan: { guid: 'A', mailFrom: 'x' } },
      { type: 'MESSAGE', scan: { guid: 'A' } },
    ],
  ])('keeps what a replay needs, and no more: %j', (event, kept) => {
    expect(recordedTrigger(event)).toEqual(kept);
  });
});
