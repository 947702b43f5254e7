import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createConsoleClient } from '../../../src/adapters/console-client/console-client.ts';
import { readTokenFile } from '../../../src/adapters/console-client/token-file.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let url: string;
/** One for each request; the last for all that come after it. */
let answers: Answer[];
const seen: { method?: string; url?: string; authorization?: string; body: string }[] = [];
const body = { id: '11111111-2222-3333-4444-555555555555' };
const path = '/api/components/agent/update';

beforeEach(async () => {
  seen.length = 0;
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const { method = '', url: asked = '', headers } = request;
      seen.push({ method, url: asked, authorization: headers.authorization ?? '', body: text });
      const [next] = answers.length > 1 ? answers.splice(0, 1) : answers;
      next?.(request, response, text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const report = (state: string, more = {}) => ({
  ...{ id: body.id, gateway: 'mx1', state, order: null, givenBy: null, time: '2026-11-24T12:00:00.000Z' },
  ...{ result: null, failure: null, reason: null, ...more },
});
const says =
  (status: number, content: unknown, headers = {}): Answer =>
  (_request, response) =>
    response.writeHead(status, headers).end(typeof content === 'string' ? content : JSON.stringify(content));
const cuts: Answer = (request) => request.socket.destroy();
const hangs: Answer = () => {};

async function order(signal = AbortSignal.timeout(20_000)) {
  const client = createConsoleClient({ url, token: 'sekisho_x' });
  try {
    return await client.order(path, body, signal);
  } finally {
    await client.close();
  }
}

test('an order is given, and followed to its end', async () => {
  answers = [says(202, report('given')), says(200, report('running')), says(200, report('done'))];
  expect(await order()).toMatchObject({ state: 'done', gateway: 'mx1' });
  expect(seen.map((each) => [each.method, each.url])).toEqual([
    ['POST', path],
    ...[1, 2].map(() => ['GET', `/api/commands/${body.id}`]),
  ]);
  expect(seen.every(({ authorization }) => authorization === 'Bearer sekisho_x')).toBe(true);
});

test('an answer that is lost is asked for again, with the same id; so is one while the gateway restarts', async () => {
  answers = [cuts, says(202, report('given')), cuts, says(503, 'no'), says(200, report('done'))];
  expect(await order()).toMatchObject({ state: 'done' });
  expect(seen.slice(0, 2).map((each) => JSON.parse(each.body).id)).toEqual([body.id, body.id]);
});

test.each([
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [429, 'Too Many Requests'],
])('%i is not tried again', async (status, title) => {
  answers = [says(status, { title, detail: 'why' })];
  await expect(order()).rejects.toMatchObject({ name: 'ConsoleFailure', status, message: `${status} ${title}: why` });
  expect(seen).toHaveLength(1);
});

test('nobody there is a failure after three tries', async () => {
  answers = [cuts];
  await expect(order()).rejects.toMatchObject({ name: 'ConsoleFailure', status: undefined });
  expect(seen).toHaveLength(3);
});

test('who hangs is waited for until the signal says so', async () => {
  answers = [hangs];
  await expect(order(AbortSignal.timeout(300))).rejects.toThrow();
  answers = [says(202, report('given')), hangs];
  expect(await order(AbortSignal.timeout(1000))).toMatchObject({ state: 'given' });
});

test.each([
  ['what is no JSON', '<html>'],
  ['another JSON', { state: 'done' }],
  ['a state that is none', report('finished')],
  ['much more than any', 'x'.repeat(2 * 1024 * 1024)],
])('%s is no answer of a gateway', async (_, content) => {
  answers = [says(200, content)];
  await expect(order()).rejects.toMatchObject({ name: 'ConsoleFailure' });
});

test('a token goes where it was meant to go: not after a redirect, and never in the clear', async () => {
  answers = [says(307, '', { location: `${url}/elsewhere` })];
  await expect(order()).rejects.toMatchObject({ status: 307 });
  expect(seen).toHaveLength(1);
  for (const clear of [
    'http://mx1.example:8445',
    'http://10.0.0.1',
    'http://127.0.0.1.evil.example',
    'ftp://localhost',
  ])
    expect(() => createConsoleClient({ url: clear, token: 'x' })).toThrow('must be https');
});

describe('the file of the token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'token-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  test('is for its owner alone, and has it in its first line; nothing says what stands there', () => {
    const file = (text: string, mode = 0o600) => {
      const name = join(folder, `${mode}-${text.length}`);
      writeFileSync(name, text, { mode });
      return name;
    };
    expect(readTokenFile(file('sekisho_abc\nmore\n'))).toBe('sekisho_abc');
    expect(() => readTokenFile(file('sekisho_abc', 0o640))).toThrow('chmod 600');
    expect(() => readTokenFile(file('two words'))).toThrow(/has no token/);
    expect(() => readTokenFile(file('two words '))).not.toThrow('two words');
    expect(() => readTokenFile(join(folder, 'missing'))).toThrow('ENOENT');
  });
});
