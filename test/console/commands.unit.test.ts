import { describe, expect, test } from 'vitest';
import { createCommandLog, hasEnded } from '../../src/console/commands.ts';
import { outcome } from '../support/console.ts';

const given = { order: { kind: 'restart' }, givenBy: '/sekisho/console/mx1/central', timeMs: 0 } as const;
const log = () => createCommandLog('mx1', '/sekisho/gateway/mx1');

describe('what is known of a command', () => {
  test('from given to done, with who gave it', () => {
    const commands = log();
    commands.given({ id: 'c', ...given });
    expect(commands.find('c')).toMatchObject({ state: 'given', order: { kind: 'restart' }, givenBy: given.givenBy });
    commands.observe(outcome('c', 'Running', { order: given.order, input: { givenBy: given.givenBy } }));
    expect(commands.find('c')?.state).toBe('running');
    commands.observe(outcome('c', 'Done', { order: given.order, result: { epoch: 2, version: null } }));
    expect(commands.find('c')).toMatchObject({ state: 'done', givenBy: given.givenBy, result: { epoch: 2 } });
  });

  test('why it failed or was refused', () => {
    const commands = log();
    commands.observe(outcome('f', 'Failed', { failure: 'wrongly-signed', reason: 'no' }));
    commands.observe(outcome('r', 'Refused', { reason: 'it expired' }));
    expect(commands.find('f')).toMatchObject({ state: 'failed', failure: 'wrongly-signed', reason: 'no' });
    expect(commands.find('r')).toMatchObject({ state: 'refused', reason: 'it expired', givenBy: null });
  });

  test('nothing of other gateways, and nothing of what gives a command', () => {
    const commands = log();
    commands.observe({ ...outcome('c', 'Done'), source: '/sekisho/gateway/mx2' });
    commands.observe({ ...outcome('c', 'Done'), data: { validSeconds: 1 } });
    expect(commands.find('c')).toBeUndefined();
  });

  test('what could not be given is forgotten, unless it began', () => {
    const commands = log();
    commands.given({ id: 'a', ...given })();
    expect(commands.find('a')).toBeUndefined();
    const takeBack = commands.given({ id: 'b', ...given });
    commands.observe(outcome('b', 'Running'));
    takeBack();
    expect(commands.find('b')?.state).toBe('running');
  });

  test('the oldest go first', () => {
    const commands = log();
    for (let number = 0; number <= 10_000; number++) commands.given({ id: `c${number}`, ...given });
    expect(commands.find('c0')).toBeUndefined();
    expect(commands.find('c10000')).toBeDefined();
  });
});

describe('its end is waited for', () => {
  // An emitter would throw at the second.
  test.each(['c', 'error'])('of the command %s', async (id) => {
    const commands = log();
    commands.given({ id, ...given });
    const ended = commands.ended(id, new AbortController().signal);
    commands.observe(outcome(id, 'Running'));
    commands.observe(outcome(id, 'Done'));
    await ended;
    expect(hasEnded(commands.find(id))).toBe(true);
    await commands.ended(id, new AbortController().signal);
  });

  test('no longer than the signal says', async () => {
    const commands = log();
    commands.given({ id: 'c', ...given });
    const stop = new AbortController();
    const ended = commands.ended('c', stop.signal);
    stop.abort();
    await ended;
    await commands.ended('c', AbortSignal.abort());
    expect(commands.find('c')?.state).toBe('given');
  });
});
