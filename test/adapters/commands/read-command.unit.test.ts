import { describe, expect, test } from 'vitest';
import { readCommand } from '../../../src/adapters/commands/read-command.ts';
import { commandBytesMax, commandEvent, type GivenCommand } from '../../../src/events/command.ts';

const timeMs = Date.UTC(2026, 10, 24);
const given: GivenCommand = {
  id: 'c1',
  order: { kind: 'deploy-component', component: 'agent', version: '7' },
  source: '/sekisho/cli/host/user',
  timeMs,
  validSeconds: 60,
  gateways: ['/sekisho/gateway/mx1'],
};
const event = (changes: Partial<GivenCommand> = {}) => commandEvent({ ...given, ...changes });
const read = (value: unknown) =>
  readCommand({ text: typeof value === 'string' ? value : JSON.stringify(value), place: 'record-0-7' });

describe('a command as it is written', () => {
  test.each([
    given.order,
    { kind: 'deploy-component', component: 'filter', version: null } as const,
    { kind: 'restart' } as const,
    { kind: 'forget-answers' } as const,
  ])('is read as it was given: %o', (order) => {
    expect(read(event({ order }))).toEqual({
      kind: 'command',
      id: 'c1',
      order,
      givenBy: given.source,
      givenMs: timeMs,
      validMs: 60_000,
      gateways: given.gateways,
    });
  });

  test('is a CloudEvent of the lane of commands', () => {
    expect(event()).toMatchObject({
      specversion: '1.0',
      type: 'sekisho.command.deploy-component.v1',
      subject: 'command/c1',
      correlationid: 'c1',
      data: { component: 'agent', version: '7', validSeconds: 60, gateways: given.gateways },
    });
    expect(event({ order: { kind: 'restart' }, gateways: [] }).data).toEqual({ validSeconds: 60 });
  });
});

describe('a command of another program', () => {
  const least = {
    specversion: '1.0',
    id: 'by-hand',
    source: 'ansible',
    type: 'sekisho.command.restart.v1',
    time: '2026-11-24T09:00:00+09:00',
    data: {},
  };

  test('needs no more than what says something: it is for all, and holds for an hour', () => {
    expect(read(least)).toEqual({
      ...{ kind: 'command', id: 'by-hand', order: { kind: 'restart' }, givenBy: 'ansible' },
      ...{ givenMs: timeMs, validMs: 3_600_000 },
    });
  });

  test('may have fields that we do not know', () => {
    expect(read({ ...least, comment: 'x', data: { comment: 'y' } }).kind).toBe('command');
  });

  test.each([
    ['specversion', '0.3'],
    ['source', ''],
    ['source', 'a\nb'],
    ['time', 'yesterday'],
    ['time', '2026-13-45T00:00:00Z'],
    ['data', null],
    ['data', { gateways: [] }],
    ['data', { gateways: 'mx1' }],
    ['data', { validSeconds: 0 }],
    ['data', { validSeconds: 604_801 }],
    ['type', 'sekisho.scan.verdict.v1'],
  ])('with the %s %o is none, which is told under its id', (name, value) => {
    expect(read({ ...least, [name]: value })).toMatchObject({
      kind: 'unknown',
      id: 'by-hand',
      problem: expect.stringContaining(`it is no command: /${name}`),
    });
  });

  test.each([undefined, '', 7, 'a/b', '../x', 'x'.repeat(101), 'a\u202eb'])(
    'with the id %o has that of its place',
    (id) => {
      expect(read({ ...least, id })).toMatchObject({ kind: 'unknown', id: 'record-0-7' });
    },
  );

  test.each(['', 'rubbish', '[1,2', 'null', '7', '"text"', '[]', '{}', '{"type":7,"data":[]}'])(
    '%s is none',
    (text) => {
      expect(read(text)).toMatchObject({ kind: 'unknown', id: 'record-0-7' });
    },
  );

  test('of a kind or version to come is told to those that it is for', () => {
    const data = { gateways: ['/sekisho/gateway/mx1'] };
    for (const type of ['sekisho.command.reboot.v1', 'sekisho.command.restart.v2']) {
      expect(read({ ...least, type, data })).toEqual({
        ...{ kind: 'unknown', id: 'by-hand', problem: `this version knows no command ${type}` },
        gateways: data.gateways,
      });
    }
  });

  test.each([{}, { component: 'kernel' }, { component: 'agent', version: 'a b' }, { component: 'agent', version: 7 }])(
    'to deploy %o is none',
    (data) => {
      const type = 'sekisho.command.deploy-component.v1';
      expect(read({ ...least, type, data })).toMatchObject({
        kind: 'unknown',
        problem: expect.stringMatching(/^data[ /]/),
      });
    },
  );

  test('that is too large is not even parsed', () => {
    const large = { ...least, comment: 'x'.repeat(commandBytesMax) };
    expect(read(large)).toEqual({ kind: 'unknown', id: 'record-0-7', problem: expect.stringContaining('larger than') });
  });
});

test('what a gateway said of a command is no command', () => {
  const outcome = { ...event(), data: { command: 'c1', state: 'Running', transition: 'command.Received:always:4' } };
  expect(read({ ...outcome, type: 'sekisho.command.running.v1' })).toEqual({ kind: 'outcome' });
});
