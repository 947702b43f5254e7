import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { ServerAddress } from '../../src/actors/ports/reputation.ts';
import type { PatternName } from '../../src/actors/ports/scanning.ts';
import { buildFilter } from '../../src/adapters/query-filter/build.ts';
import type { ComponentName } from '../../src/events/command.ts';
import { issueAuthority, issueServerCertificate, type KeyAndCertificate } from '../../src/sps/identity/certificate.ts';
import { newSigner, type Signer, signedPackage, type TestPackage } from './packages.ts';

export type Resource = 'query' | 'filter' | 'health' | 'patterns';

/** How the server treats one request. */
export type RequestMode =
  | 'ok'
  | 'hang'
  | 'reset'
  | 'garbage'
  | 'slow'
  | 'truncated'
  | 'damaged'
  | 'too-large'
  | 'wrong-type'
  | 'missing-hash'
  | 'extra-hash'
  | 'other-pattern'
  | 400
  | 401
  | 403
  | 413
  | 429
  | 500
  | 503;

/** How the server treats everybody: `refuse` closes the port, `silent` accepts and never speaks. */
export type Mode = RequestMode | 'refuse' | 'silent' | 'wrong-name' | 'expired' | 'untrusted';

export interface ScriptedRequest {
  resource: Resource;
  hashes: readonly string[];
}

/** May wait, e.g. for a promise that the test resolves: then the request is in flight for as long. */
export type Script = (request: ScriptedRequest) => RequestMode | Promise<RequestMode>;

/** A Smart Protection Server that does what a test says. Start it with `startScriptedSps`. */
export interface ScriptedSps {
  address: ServerAddress;
  caFile: string;
  /** The public half of the key that signs its packages. */
  keysFile: string;
  signer: Signer;
  /** Hash → name of the malware. All others are unknown. They are in the filter, too. */
  verdicts: Map<string, string>;
  patternVersion: string;
  /** Any text: each new one is a new version. */
  filterVersion: string;
  /** Files of the versions so far, by SHA-256. */
  packaged: Map<string, Buffer>;
  /** Files of the patterns: name → content. */
  patterns: Record<PatternName, Map<string, Buffer>>;
  /** `Retry-After` of a 429. */
  retryAfter: string;
  /** What the version of a component is called now. */
  versionOf(component: ComponentName): string;
  /** The hashes of every query, in order of arrival. */
  queries: string[][];
  requests: Record<Resource, number>;
  /** Connections accepted so far. */
  connections(): number;
  /** From now on. Open connections are cut when the mode is one for everybody, or was. */
  script(mode: Mode | Script): Promise<void>;
  /** Closes connections that wait for a request, as a server does that is tired of them. */
  dropConnections(): void;
  close(): Promise<void>;
}

const everybody = ['refuse', 'silent', 'wrong-name', 'expired', 'untrusted'] as const;
type ListenerMode = (typeof everybody)[number];
let sharedCa: Promise<KeyAndCertificate> | undefined;

export async function startScriptedSps(options: { ca?: KeyAndCertificate } = {}): Promise<ScriptedSps> {
  sharedCa ??= issueAuthority(Date.now());
  const ca = options.ca ?? (await sharedCa);
  const folder = mkdtempSync(join(tmpdir(), 'scripted-sps-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, ca.certificate);
  const signer = newSigner();
  const keysFile = join(folder, 'keys.pem');
  writeFileSync(keysFile, signer.pem);
  const sockets = new Set<Duplex>();
  let accepted = 0;
  let script: Script = () => 'ok';
  let listenerMode: ListenerMode | undefined;
  let server: Server | undefined;

  async function listen(port: number, mode: ListenerMode | undefined): Promise<number> {
    const { key, certificate: cert } = await certificateFor(mode, ca);
    server = createServer({ key, cert }, (request, response) => {
      handle(sps, request, response, () => script).catch(() => response.destroy());
    });
    if (mode === 'silent') server.removeAllListeners('connection');
    server.on('connection', (socket: Duplex) => {
      accepted++;
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    });
    server.on('tlsClientError', () => {});
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async function stop(): Promise<void> {
    const closing = server;
    server = undefined;
    if (!closing) return;
    const closed = once(closing, 'close');
    closing.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  const port = await listen(0, undefined);
  const sps: ScriptedSps = {
    address: { id: `127.0.0.1:${port}`, host: '127.0.0.1', port },
    caFile,
    ...{ keysFile, signer, packaged: new Map() },
    verdicts: new Map(),
    patternVersion: '1',
    filterVersion: '1',
    patterns: { agent: new Map(), conventional: new Map() },
    versionOf: (component) => packageOf(sps, component).manifest.version,
    retryAfter: '30',
    queries: [],
    requests: { query: 0, filter: 0, health: 0, patterns: 0 },
    connections: () => accepted,
    async script(mode) {
      script = typeof mode === 'function' ? mode : () => mode as RequestMode;
      const wanted = everybody.find((one) => one === mode);
      if (wanted === listenerMode) return;
      await stop();
      listenerMode = wanted;
      if (wanted !== 'refuse') await listen(port, wanted);
    },
    dropConnections: () => server?.closeIdleConnections(),
    async close() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
  return sps;
}

async function certificateFor(mode: ListenerMode | undefined, ca: KeyAndCertificate): Promise<KeyAndCertificate> {
  const now = Date.now();
  const names = ['127.0.0.1', 'localhost'];
  if (mode === 'wrong-name') return issueServerCertificate(ca, ['elsewhere.example'], 1, now);
  if (mode === 'expired') return issueServerCertificate(ca, names, 1, now - 10 * 86_400_000);
  if (mode === 'untrusted') return issueServerCertificate(await issueAuthority(now), names, 1, now);
  return issueServerCertificate(ca, names, 1, now);
}

async function handle(sps: ScriptedSps, request: IncomingMessage, response: ServerResponse, script: () => Script) {
  const [, , kind = '', name = '', , file] = (request.url ?? '').split('/');
  const component = name.replace('.json', '');
  const resource = kind === 'components' ? (component === 'filter' ? 'filter' : 'patterns') : (kind as Resource);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const hashes: string[] = resource === 'query' ? JSON.parse(Buffer.concat(chunks).toString()).hashes : [];
  if (file === undefined) sps.requests[resource]++;
  if (resource === 'query') sps.queries.push(hashes);
  const mode = await script()({ resource, hashes });
  if (mode === 'hang') return;
  if (mode === 'reset') return void request.socket.destroy();
  if (typeof mode === 'number') {
    response.writeHead(mode, mode === 429 ? { 'retry-after': sps.retryAfter } : {});
    return void response.end(JSON.stringify({ type: 'about:blank', title: 'scripted', status: mode }));
  }
  const { status = 200, headers, body } = answerTo(sps, resource, component, file, hashes, mode);
  if (status === 200 && headers.etag !== undefined && request.headers['if-none-match']?.includes(headers.etag)) {
    response.writeHead(304, headers);
    return void response.end();
  }
  send(response, status, headers, body, mode);
}

interface Sent {
  status?: number;
  headers: Record<string, string>;
  body: Buffer;
}

function answerTo(
  sps: ScriptedSps,
  resource: Resource,
  component: string,
  file: string | undefined,
  hashes: string[],
  mode: RequestMode,
): Sent {
  const patternId = mode === 'other-pattern' ? 'another' : 'sekisho';
  const json = (value: unknown, headers = {}): Sent => ({
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  });
  if (resource === 'health') return json({ status: 'ok', patternId, patternVersion: sps.patternVersion });
  if (file !== undefined) {
    const body = sps.packaged.get(file);
    return {
      status: body ? 200 : 404,
      headers: { 'content-type': 'application/octet-stream' },
      body: body ?? Buffer.alloc(0),
    };
  }
  if (resource === 'filter' || resource === 'patterns') {
    const { manifest, envelope, files } = packageOf(sps, resource === 'filter' ? 'filter' : (component as PatternName));
    for (const [sha256, content] of files) sps.packaged.set(sha256, content);
    return { headers: { 'content-type': 'application/json', etag: `"${manifest.version}"` }, body: envelope };
  }
  const asked = mode === 'missing-hash' ? hashes.slice(1) : hashes;
  if (mode === 'extra-hash') asked.push('f'.repeat(64));
  const answers = asked.map((sha256) => {
    const name = sps.verdicts.get(sha256);
    return name
      ? { sha256, verdict: 'malicious', name, ttlSeconds: 60 }
      : { sha256, verdict: 'unknown', ttlSeconds: 60 };
  });
  return json({ patternId, patternVersion: sps.patternVersion, answers });
}

/** What it says that the component is now. */
function packageOf(sps: ScriptedSps, component: ComponentName): TestPackage {
  const keys = [...sps.verdicts.keys()];
  const files =
    component === 'filter'
      ? { 'filter.bloom': buildFilter({ keys, capacity: Math.max(keys.length, 1), falsePositiveRate: 1e-6 }) }
      : Object.fromEntries(sps.patterns[component]);
  const number = numberOf(sps, component === 'filter' ? sps.filterVersion : sps.patternVersion);
  return signedPackage({ component, number, files }, sps.signer);
}

/** Rises with each version that was not there before. */
function numberOf(sps: ScriptedSps, version: string): number {
  const known = versions.get(sps) ?? [];
  versions.set(sps, known);
  if (!known.includes(version)) known.push(version);
  return known.indexOf(version) + 1;
}
const versions = new WeakMap<ScriptedSps, string[]>();

function send(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Buffer,
  mode: RequestMode,
) {
  const { socket } = response;
  if (mode === 'garbage') return void socket?.end('\0\x01 this is not HTTP\r\n\r\n');
  if (mode === 'wrong-type')
    return void response.writeHead(status, { ...headers, 'content-type': 'text/html' }).end(body);
  if (mode === 'too-large') return flood(response.writeHead(status, headers));
  response.writeHead(status, { ...headers, 'content-length': body.length });
  // Whole and of the right length, but not what it was.
  if (mode === 'damaged') return void response.end(body.map((byte, index) => (index < 16 ? byte ^ 0xff : byte)));
  if (mode === 'truncated') return void response.write(body.subarray(0, -1), () => socket?.end());
  if (mode === 'slow') return drip(response, body);
  response.end(body);
}

/** Blanks without end, which JSON would allow. */
function flood(response: ServerResponse): void {
  const blanks = Buffer.alloc(65_536, ' ');
  const more = () => {
    if (!response.destroyed) response.write(blanks, more);
  };
  more();
}

/** A byte now and then, and never the last. */
function drip(response: ServerResponse, body: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (response.destroyed || sent >= body.length - 1) clearInterval(timer);
    else response.write(body.subarray(sent, ++sent));
  }, 20);
  timer.unref();
}
