import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../../../src/console/http/openapi.ts';
import { allOperations } from '../../../src/console/protocol/operations.ts';
import { ConsoleLab, outcome } from '../../support/console.ts';
import { type OpenApiDocument, openApiCheck } from '../../support/openapi-check.ts';

const openApi = openApiCheck(JSON.parse(JSON.stringify(openApiDocument())) as OpenApiDocument);
const lab = new ConsoleLab();
let isStarting = false;

beforeAll(() =>
  lab.start({ status: async () => (isStarting ? undefined : (await import('../../support/console.ts')).status) }),
);
afterAll(() => lab.close());

/** Asks, and has the answer checked against the document. */
async function ask(...argv: Parameters<ConsoleLab['ask']>): Promise<number> {
  const answer = await lab.ask(...argv);
  openApi.check(answer);
  return answer.status;
}

const paths = allOperations.map(([id, { method, path, body, waits }]) => {
  return { id, method, body, waits, path: path.replace('{component}', 'agent').replace('{id}', 'known') };
});
const orders = paths.filter(({ method }) => method === 'POST');

describe('the running console answers as the document says', () => {
  test.each(paths)('$id: done, and who may not ask', async ({ method, path }) => {
    lab.commands.observe(outcome('known', 'Running'));
    expect(await ask(method, path, { as: 'administrator' })).toBe(method === 'GET' ? 200 : 202);
    expect(await ask(method, path)).toBe(401);
    expect(await ask(method, path, { as: 'administrator', headers: { host: 'evil.example' } })).toBe(421);
  });

  test.each(orders)('$id: ended, id of another, malformed, too long, no JSON', async ({ method, path }) => {
    const id = randomUUID();
    expect(await ask(method, path, { as: 'administrator', body: { id } })).toBe(202);
    lab.commands.observe(outcome(id, 'Done', { order: lab.given.at(-1)?.order, result: { epoch: 2, version: null } }));
    expect(await ask(method, path, { as: 'administrator', body: { id } })).toBe(200);
    const other = orders[(orders.findIndex((each) => each.path === path) + 1) % orders.length];
    expect(await ask('POST', other?.path ?? '', { as: 'administrator', body: { id } })).toBe(409);
    for (const body of ['{', { id: '../x' }, { more: 1 }, { validSeconds: 0 }, '[]'])
      expect([body, await ask(method, path, { as: 'administrator', body })]).toEqual([body, 400]);
    expect(await ask(method, path, { as: 'administrator', body: ' '.repeat(17_000) })).toBe(413);
    const headers = { 'content-type': 'text/plain' };
    expect(await ask(method, path, { as: 'administrator', body: 'x', headers })).toBe(415);
  });

  test('what is not there', async () => {
    expect(await ask('GET', '/api/commands/unknown', { as: 'read-only' })).toBe(404);
    expect(await ask('POST', '/api/components/other/update', { as: 'operator' })).toBe(404);
    expect(await ask('GET', '/api/commands/%zz', { as: 'read-only' })).toBe(400);
    expect(await ask('POST', '/api/components/other/rollback', { as: 'operator' })).toBe(404);
  });

  test('a gateway of which the log knows nothing yet', async () => {
    isStarting = true;
    expect(await ask('GET', '/api/status', { as: 'read-only' })).toBe(503);
    isStarting = false;
  });

  test('a role that may not, by every operation', async () => {
    for (const [, { method, path, roles }] of allOperations) {
      if (roles.includes('read-only')) continue;
      expect(await ask(method, path.replace('{component}', 'agent'), { as: 'read-only' })).toBe(403);
    }
  });

  test('one wrong token after the other, by every operation', async () => {
    const headers = { authorization: 'Bearer wrong' };
    for (let tries = 0; tries < 10; tries++) await ask('GET', '/api/status', { headers });
    for (const { method, path } of paths) expect(await ask(method, path, { headers })).toBe(429);
  });
});

test('every answer of the document was seen, but for 403 where every role may', () => {
  const forAll = allOperations.filter(([, { roles }]) => roles.includes('read-only')).map(([id]) => `${id} 403`);
  expect(openApi.described.filter((each) => !openApi.seen.has(each))).toEqual(forAll);
});
