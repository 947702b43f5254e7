import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueAuthority, issueServerCertificate } from '../../src/sps/identity/certificate.ts';
import type { TestPackage } from './packages.ts';

/** What goes wrong with a request for a file. */
export type Fault =
  /** So many bytes of the body, then the connection is cut. */
  | { cutAfter: number }
  /** One bit of the body is another. */
  | { flip: number }
  /** The whole file, whatever range was asked for. */
  | 'no-ranges'
  /** The rest from another byte than was asked for. */
  | 'other-range'
  /** 416, as if nothing were left. */
  | 416
  /** It ends early, in good form. */
  | { short: number }
  /** More than there should be. */
  | 'long'
  /** Nothing more comes after so many bytes, and the connection stays. */
  | { hangAfter: number }
  | 404
  | 429
  | 500;

/** A web server of signed packages with ranges and entity tags, as any real one, until it is told to do something else. */
export class PackageServer {
  /** What it serves, by component. */
  readonly packages = new Map<string, TestPackage>();
  /** Each for one request for a file, in turn; `undefined` is a good one. */
  faults: (Fault | undefined)[] = [];
  /** Answers an envelope with this instead. */
  envelope: Buffer | undefined;
  /** Some web servers have entity tags of their own. */
  hasVersionTags = true;
  /** `path` or `path bytes=9-`, in order. */
  readonly requests: string[] = [];
  /** Bytes of bodies that were sent for files. */
  fileBytes = 0;
  /** Told of each request for a file, before it is answered. */
  onFile: () => void = () => {};
  readonly #server: Server;
  readonly caFile: string;
  readonly #folder: string;

  private constructor(server: Server, folder: string) {
    this.#server = server;
    this.#folder = folder;
    this.caFile = join(folder, 'ca.pem');
    server.on('request', (request, response) => this.#answer(request, response));
  }

  static async start(): Promise<PackageServer> {
    const ca = await issueAuthority(Date.now());
    const { key, certificate: cert } = await issueServerCertificate(ca, ['127.0.0.1'], 1, Date.now());
    const folder = mkdtempSync(join(tmpdir(), 'package-server-'));
    writeFileSync(join(folder, 'ca.pem'), ca.certificate);
    const server = createServer({ key, cert }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PackageServer(server, folder);
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  serve(made: TestPackage): void {
    this.packages.set(made.manifest.component, made);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    rmSync(this.#folder, { recursive: true });
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    this.requests.push([url, headers.range].filter(Boolean).join(' '));
    const [, component = '', sha256] = /components\/(\w+)(?:\.json|\/files\/(\w+))$/.exec(url) ?? [];
    const made = this.packages.get(component);
    if (sha256 !== undefined) {
      this.onFile();
      this.#file(this.packages.get(component)?.files.get(sha256), headers.range, response);
      return;
    }
    if (made === undefined) return void response.writeHead(404).end();
    const etag = this.hasVersionTags ? `"${made.manifest.version}"` : '"66f2-1"';
    if (headers['if-none-match']?.split(', ').includes(etag)) return void response.writeHead(304, { etag }).end();
    response.writeHead(200, { etag, 'content-type': 'application/json' }).end(this.envelope ?? made.envelope);
  }

  #file(content: Buffer | undefined, range: string | undefined, response: ServerResponse): void {
    const fault = this.faults.shift();
    if (typeof fault === 'number' || content === undefined) {
      return void response.writeHead(typeof fault === 'number' ? fault : 404).end();
    }
    const asked = fault === 'no-ranges' ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const from = fault === 'other-range' ? asked + 1 : asked;
    let body = Buffer.from(content.subarray(from));
    const isPart = range !== undefined && fault !== 'no-ranges';
    if (isPart) response.setHeader('content-range', `bytes ${from}-${content.length - 1}/${content.length}`);
    response.statusCode = isPart ? 206 : 200;
    response.setHeader('content-length', body.length);
    if (fault === 'long') {
      response.removeHeader('content-length');
      body = Buffer.concat([body, Buffer.alloc(100)]);
    }
    if (typeof fault === 'object') {
      if ('flip' in fault) body[fault.flip] = (body[fault.flip] ?? 0) ^ 1;
      if ('short' in fault) {
        response.removeHeader('content-length');
        body = body.subarray(0, fault.short);
      }
      const sent = 'cutAfter' in fault ? fault.cutAfter : 'hangAfter' in fault ? fault.hangAfter : undefined;
      if (sent !== undefined) {
        this.fileBytes += sent;
        const then = 'cutAfter' in fault ? () => response.socket?.end() : () => {};
        return void response.write(body.subarray(0, sent), then);
      }
    }
    this.fileBytes += body.length;
    response.end(body);
  }
}
