import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { issueAuthority, issueServerCertificate } from '../../src/sps/identity/certificate.ts';

/** What an answer is: a JSON body with a status, or trouble. */
export type RestAnswer =
  | { status?: number; body: unknown; headers?: Readonly<Record<string, string>> }
  | 'hang'
  | 'reset'
  | 'truncated'
  | 'not JSON'
  | 'wrong type'
  | 'too long';

/** An HTTPS server that answers GET requests as a test says. */
export interface RestServer {
  /** `https://127.0.0.1:port`. */
  url: string;
  caFile: string;
  requests: { path: string; headers: IncomingMessage['headers'] }[];
  answer(next: (path: string, headers: IncomingMessage['headers']) => RestAnswer): void;
  close(): Promise<void>;
}

export async function startRestServer(): Promise<RestServer> {
  const ca = await issueAuthority(Date.now());
  const { key, certificate: cert } = await issueServerCertificate(ca, ['127.0.0.1'], 1, Date.now());
  const folder = mkdtempSync(join(tmpdir(), 'rest-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, ca.certificate);
  const sockets = new Set<Duplex>();
  let answer: Parameters<RestServer['answer']>[0] = () => ({ status: 404, body: {} });
  const server = createServer({ key, cert }, ({ url: path = '', headers }, response) => {
    rest.requests.push({ path, headers });
    send(response, answer(path, headers));
  });
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const rest: RestServer = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caFile,
    requests: [],
    answer(next) {
      answer = next;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
      rmSync(folder, { recursive: true });
    },
  };
  return rest;
}

function send(response: ServerResponse, answer: RestAnswer): void {
  const json = { 'content-type': 'application/json' };
  if (answer === 'hang') return;
  if (answer === 'reset') return void response.socket?.destroy();
  if (answer === 'not JSON') return void response.writeHead(200, json).end('{"data":');
  if (answer === 'wrong type') return void response.writeHead(200, { 'content-type': 'text/html' }).end('{}');
  if (answer === 'truncated') {
    response.writeHead(200, { ...json, 'content-length': 1000 });
    return void response.write('{"data":', () => response.socket?.end());
  }
  if (answer === 'too long') return void response.writeHead(200, json).end(`{"a":"${'x'.repeat(5_000_000)}"}`);
  const { status = 200, body, headers = {} } = answer;
  response.writeHead(status, { ...json, ...headers }).end(JSON.stringify(body));
}
