import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type MonitoringServer, startMonitoringServer } from '../../../src/adapters/metrics/monitoring-server.ts';

let server: MonitoringServer | undefined;
afterEach(() => server?.close());

const problems: string[] = [];
async function start(
  reasons: readonly string[] = [],
  metrics = async () => ({ contentType: 'text/plain', text: 'up 1\n' }),
) {
  problems.length = 0;
  server = await startMonitoringServer({
    listen: { host: '127.0.0.1', port: 0 },
    metrics,
    notReady: () => reasons,
    onProblem: (problem) => void problems.push(problem),
  });
  const { address } = server;
  return (path: string, method = 'GET') => fetch(`http://${address}${path}`, { method });
}

describe('the port of metrics and health', () => {
  test('metrics, health and readiness', async () => {
    const ask = await start();
    const metrics = await ask('/metrics?x=1');
    expect([metrics.status, metrics.headers.get('content-type'), await metrics.text()]).toEqual([
      200,
      'text/plain',
      'up 1\n',
    ]);
    expect(await (await ask('/healthz')).json()).toEqual({ status: 'ok' });
    const ready = await ask('/readyz');
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
  });

  test('not ready is 503 and says why, healthy all the same', async () => {
    const ask = await start(['no agent pattern', 'journal: full']);
    const answer = await ask('/readyz');
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'not ready', reasons: ['no agent pattern', 'journal: full'] },
    ]);
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('HEAD has no body; other methods and paths are refused', async () => {
    const ask = await start();
    expect(await (await ask('/healthz', 'HEAD')).text()).toBe('');
    const post = await ask('/metrics', 'POST');
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await ask('/other')).status).toBe(404);
  });

  test('metrics that cannot be gathered are 500, told, and the next is answered', async () => {
    const ask = await start([], () => Promise.reject(new Error('no')));
    expect((await ask('/metrics')).status).toBe(500);
    expect(problems).toEqual(['metrics could not be gathered']);
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('a port that is taken is a clear error', async () => {
    await start();
    const port = Number(server?.address.split(':')[1]);
    const second = startMonitoringServer({
      ...{ listen: { host: '127.0.0.1', port }, metrics: async () => ({ contentType: '', text: '' }) },
      ...{ notReady: () => [], onProblem: () => undefined },
    });
    await expect(second).rejects.toThrow(`[metrics] cannot listen on 127.0.0.1:${port}`);
  });

  test('its end does not wait for a client that keeps its connection', async () => {
    await start();
    const [host = '', port] = server?.address.split(':') ?? [];
    const socket = connect({ host, port: Number(port) });
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await server?.close();
    await closed;
  });
});
