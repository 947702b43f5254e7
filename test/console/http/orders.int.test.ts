import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { validSeconds } from '../../../src/events/command.ts';
import { ConsoleLab, outcome } from '../../support/console.ts';
import { eventually } from '../../support/eventually.ts';

let lab: ConsoleLab;
beforeEach(() => {
  lab = new ConsoleLab();
});
afterEach(() => lab.close());

const order = async (path: string, body?: object, headers: Record<string, string> = {}) => {
  const answer = await lab.ask('POST', path, { as: 'administrator', headers, ...(body && { body }) });
  return { ...answer, report: JSON.parse(answer.body.toString()) };
};
const wait = { prefer: 'respond-async, wait=30' };

describe('an order', () => {
  beforeEach(() => lab.start());

  test('is given in the name of the token, and told where to ask', async () => {
    const { status, headers, report } = await order('/api/components/agent/update', { version: '7-abc' });
    expect(status).toBe(202);
    expect(headers.location).toBe(`/api/commands/${report.id}`);
    expect(report).toMatchObject({ state: 'given', givenBy: '/sekisho/console/mx1/administrator', gateway: 'mx1' });
    expect(lab.given).toEqual([
      {
        id: report.id,
        order: { kind: 'deploy-component', component: 'agent', version: '7-abc' },
        ...{ by: 'administrator', validSeconds: validSeconds.usual },
      },
    ]);
  });

  test('each its own', async () => {
    for (const path of ['/api/components/filter/rollback', '/api/restart']) await order(path, { validSeconds: 5 });
    expect(lab.given.map(({ order: what }) => what)).toEqual([
      { kind: 'rollback-component', component: 'filter' },
      { kind: 'restart' },
    ]);
    expect(lab.given.every(({ validSeconds: seconds }) => seconds === 5)).toBe(true);
  });

  test('given twice with its id is done once; the id of another is 409', async () => {
    const id = randomUUID();
    expect((await order('/api/restart', { id })).status).toBe(202);
    expect((await order('/api/restart', { id })).status).toBe(202);
    expect((await order('/api/components/agent/update', { id })).status).toBe(409);
    expect(lab.given).toHaveLength(1);
  });

  test('at the same time, too', async () => {
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => order('/api/restart', { id })));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(lab.given).toHaveLength(1);
  });

  test('Prefer: wait (RFC 7240) answers when it has ended', async () => {
    const id = randomUUID();
    const asked = order('/api/restart', { id }, wait);
    await eventually('it is given', () => lab.given.length === 1);
    lab.commands.observe(outcome(id, 'Running'));
    lab.commands.observe(outcome(id, 'Failed', { reason: 'no', failure: 'timeout' }));
    const { status, headers, report } = await asked;
    expect([status, headers['preference-applied']]).toEqual([200, 'wait=30']);
    expect(report).toMatchObject({ state: 'failed', reason: 'no', failure: 'timeout' });
  });

  test('or when the time is over', async () => {
    const { status, report } = await order('/api/restart', undefined, { prefer: 'wait=1' });
    expect([status, report.state]).toEqual([202, 'given']);
    const later = await lab.ask('GET', `/api/commands/${report.id}`, {
      as: 'read-only',
      headers: { prefer: 'wait=1' },
    });
    expect(later.status).toBe(200);
  });

  test('the end of the console waits for nobody who waits', async () => {
    const asked = order('/api/restart', undefined, wait).catch(() => 'cut off');
    await eventually('it is given', () => lab.given.length === 1);
    await lab.server.close();
    expect(await asked).toBe('cut off');
  });
});

test('what cannot be written is 500 without details, told, and not known; it may be given again', async () => {
  let isFull = true;
  await lab.start({
    give: (command) => {
      lab.given.push(command);
      const onDisk = isFull ? Promise.reject(new Error('ENOSPC: /secret/place')) : Promise.resolve();
      return { givenBy: 'x', timeMs: 0, onDisk };
    },
  });
  const id = randomUUID();
  const { status, report } = await order('/api/restart', { id });
  expect([status, report.detail]).toEqual([500, undefined]);
  expect(lab.problems).toEqual(['admin API: POST /api/restart failed: ENOSPC: /secret/place']);
  expect((await lab.ask('GET', `/api/commands/${id}`, { as: 'read-only' })).status).toBe(404);
  isFull = false;
  expect((await order('/api/restart', { id })).status).toBe(202);
});
