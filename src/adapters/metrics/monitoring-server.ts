import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MonitoringServerOptions {
  /** Where it listens; port 0 takes a free one. */
  listen: { host: string; port: number };
  /** What `/metrics` answers. */
  metrics: () => Promise<{ contentType: string; text: string }>;
  /** Why no mail can be scanned now; empty when it can. */
  notReady: () => readonly string[];
  onProblem: (problem: string, error: unknown) => void;
}

/** The port that listens. */
export interface MonitoringServer {
  /** `host:port`, with the real port. */
  address: string;
  close(): Promise<void>;
}

/** Whoever asks slowly, or sends much, is cut off: a scrape is a few hundred bytes. */
const limits = { headersTimeout: 5000, requestTimeout: 5000, keepAliveTimeout: 60_000, maxHeaderSize: 8192 };
const connectionsMax = 100;

/** Starts listening; rejects when it cannot. */
export async function startMonitoringServer(options: MonitoringServerOptions): Promise<MonitoringServer> {
  const { host, port } = options.listen;
  const server = createServer(limits, (request, response) => void answer(options, request, response));
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`[metrics] cannot listen on ${host}:${port}: ${error.message}`)));
    server.listen({ host, port }, resolve);
  });
  server.on('error', (error) => options.onProblem('the port of metrics', error));
  const bound = server.address() as AddressInfo;
  return {
    address: `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Answer = { status: number; contentType: string; text: string };

async function answer(options: MonitoringServerOptions, request: IncomingMessage, response: ServerResponse) {
  const { status, contentType, text } = await answerTo(options, request).catch((error) => {
    options.onProblem('metrics could not be gathered', error);
    return json(500, { status: 'error' });
  });
  response.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-store',
    ...(status === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

async function answerTo(
  { metrics, notReady }: MonitoringServerOptions,
  { method, url }: IncomingMessage,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return json(405, { status: 'method not allowed' });
  switch (url?.split('?')[0]) {
    case '/metrics':
      return { status: 200, ...(await metrics()) };
    // That there is an answer says it all: the process is there, and its event loop turns.
    case '/healthz':
      return json(200, { status: 'ok' });
    case '/readyz': {
      const reasons = notReady();
      return reasons.length === 0 ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', reasons });
    }
    default:
      return json(404, { status: 'not found', paths: ['/metrics', '/healthz', '/readyz'] });
  }
}

const json = (status: number, body: object): Answer => ({
  ...{ status, contentType: 'application/json; charset=utf-8', text: `${JSON.stringify(body)}\n` },
});
