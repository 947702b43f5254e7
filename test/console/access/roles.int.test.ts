import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allOperations } from '../../../src/console/protocol/operations.ts';
import { type Role, roles } from '../../../src/console/protocol/roles.ts';
import { ConsoleLab, outcome } from '../../support/console.ts';

const lab = new ConsoleLab();
beforeAll(() => lab.start());
afterAll(() => lab.close());
beforeEach(() => lab.given.splice(0));

/** Who may do what, said once more by hand: a slip in the table is a hole. */
const may: Readonly<Record<string, readonly Role[]>> = {
  'GET /api/status': ['administrator', 'operator', 'read-only'],
  'GET /api/components': ['administrator', 'operator', 'read-only'],
  'GET /api/commands/{id}': ['administrator', 'operator', 'read-only'],
  'POST /api/components/{component}/update': ['administrator', 'operator'],
  'POST /api/components/{component}/rollback': ['administrator', 'operator'],
  'POST /api/restart': ['administrator'],
};

test('the table is whole', () => {
  expect(allOperations.map(([, { method, path }]) => `${method} ${path}`).sort()).toEqual(Object.keys(may).sort());
});

describe.each(roles)('a token of the role %s', (as) => {
  test.each(Object.entries(may))('%s', async (operation, allowed) => {
    lab.commands.observe(outcome('known', 'Done'));
    const [method = '', template = ''] = operation.split(' ');
    const path = template.replace('{component}', 'agent').replace('{id}', 'known');
    const { status, body } = await lab.ask(method as 'GET' | 'POST', path, { as });
    if (allowed.includes(as)) return expect(status).toBeLessThan(300);
    expect(status).toBe(403);
    expect(JSON.parse(body.toString()).detail).toContain(as);
    expect(lab.given).toEqual([]);
  });
});

test('another method, another case, another way to write a path lead nowhere', async () => {
  for (const [method, path] of [
    ...(
      ['/api/Restart', '/api/restart/', '//api/restart', '/api/./restart', '/api/%72estart/..', '/restart'] as const
    ).map((each) => ['POST', each] as const),
    ...[['GET', '/api/restart'] as const],
    ...['..%2f..%2fetc', '%2e%2e', 'agent%00', 'agent%2f', 'AGENT', '__proto__', 'a'.repeat(5000)].map(
      (name) => ['POST', `/api/components/${name}/update`] as const,
    ),
  ]) {
    const { status } = await lab.ask(method, path, { as: 'read-only' });
    expect([path.slice(0, 60), status]).toEqual([
      path.slice(0, 60),
      expect.toSatisfy((each) => [403, 404, 414].includes(each)),
    ]);
  }
  expect(lab.given).toEqual([]);
});

test('who may gets 404 for a name that is none, and no command is given', async () => {
  for (const name of ['..%2f..%2fetc', '%2e%2e', 'agent%00', 'agent%2f', 'AGENT', '__proto__', 'a'.repeat(5000)])
    expect((await lab.ask('POST', `/api/components/${name}/update`, { as: 'administrator' })).status).toBe(404);
  for (const id of ['..%2f..%2fjournal', '%2e%2e', 'error', '__proto__', '-', 'a'.repeat(101)])
    expect((await lab.ask('GET', `/api/commands/${id}`, { as: 'administrator' })).status).toBe(404);
  expect((await lab.ask('GET', '/api/commands/%zz', { as: 'administrator' })).status).toBe(400);
  expect(lab.given).toEqual([]);
});
