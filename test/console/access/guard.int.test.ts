import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeToken } from '../../../src/console/access/tokens-file.ts';
import { ConsoleLab } from '../../support/console.ts';

let lab: ConsoleLab;
beforeEach(async () => {
  lab = new ConsoleLab();
  await lab.start();
});
afterEach(() => lab.close());

const asked = async (authorization?: string, path = '/api/status') => {
  const answer = await lab.ask('GET', path, authorization === undefined ? {} : { headers: { authorization } });
  return { ...answer, text: answer.body.toString() };
};

test('no token, wrong ones, and other ways to show one are 401; nothing says what was shown', async () => {
  const right = lab.tokens.get('administrator') ?? '';
  expect((await asked()).headers['www-authenticate']).toBe('Bearer realm="sekisho"');
  const flipped = right.slice(0, -1) + (right.endsWith('A') ? 'B' : 'A');
  for (const wrong of [`Bearer ${flipped}`, `Basic ${right}`, right, 'Bearer', `Bearer ${right} x`, `Token ${right}`]) {
    const { status, headers, text } = await asked(wrong);
    expect([wrong, status]).toEqual([wrong, 401]);
    expect(headers['www-authenticate']).toContain('error="invalid_token"');
    expect(text).not.toContain('sekisho_');
  }
  expect((await asked(undefined, `/api/status?access_token=${right}`)).status).toBe(401);
  expect((await asked(`bearer ${right}`)).status).toBe(200);
  expect(lab.problems.join()).not.toContain('sekisho_');
});

test('one that has expired is 401, and what it would have ordered is not given', async () => {
  const old = await lab.token('old', 'administrator', Date.now() - 1);
  const headers = { authorization: `Bearer ${old}` };
  expect((await lab.ask('POST', '/api/restart', { headers })).status).toBe(401);
  expect(lab.given).toEqual([]);
});

test('one that is made counts at once, and one that is removed is refused with the next request', async () => {
  const made = await lab.token('made', 'read-only');
  expect((await asked(`Bearer ${made}`)).status).toBe(200);
  await removeToken({ file: lab.tokensFile, stateFolder: lab.folder }, 'made');
  expect((await asked(`Bearer ${made}`)).status).toBe(401);
});

test('who goes on with wrong ones is 429, told once; a right one of the same address is let in', async () => {
  const statuses: number[] = [];
  for (let tries = 0; tries < 20; tries++) statuses.push((await asked(`Bearer sekisho_${'x'.repeat(43)}`)).status);
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
  expect(statuses.at(-1)).toBe(429);
  const throttled = await asked('Bearer wrong');
  expect(Number(throttled.headers['retry-after'])).toBeGreaterThan(0);
  expect((await asked(`Bearer ${lab.tokens.get('read-only')}`)).status).toBe(200);
  expect(lab.problems.length).toBeLessThanOrEqual(3);
  expect(lab.problems[0]).toContain('127.0.0.1 shows one wrong token after the other');
});

test('who may not is told with its name, and not for ever', async () => {
  for (let tries = 0; tries < 10; tries++) await lab.ask('POST', '/api/restart', { as: 'operator' });
  expect(lab.problems).toHaveLength(3);
  expect(lab.problems[0]).toBe('admin API: operator (operator) may not POST /api/restart');
});

test('by whatever name but one of this machine for itself, nothing is answered (DNS rebinding)', async () => {
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', '10.0.0.1']) {
    const { status } = await lab.ask('POST', '/api/restart', { as: 'administrator', headers: { host } });
    expect([host, status]).toEqual([host, 421]);
  }
  expect(lab.given).toEqual([]);
  expect((await lab.ask('GET', '/api/status', { as: 'read-only', headers: { host: 'localhost:1' } })).status).toBe(200);
});

test('every answer has the headers, also that of an error; a page of another origin is allowed nothing', async () => {
  const answers = [
    await lab.ask('GET', '/api/status', { as: 'read-only', headers: { origin: 'https://evil.example' } }),
    await lab.ask('GET', '/api/status'),
    await lab.ask('GET', '/api/nothing'),
    await lab.ask('GET', '/api/commands/%zz'),
    await lab.ask('POST', '/api/restart', { as: 'administrator', body: '{' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 404, 400, 400]);
  for (const { headers } of answers) {
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    expect(headers.server ?? headers['x-powered-by']).toBeUndefined();
  }
});
