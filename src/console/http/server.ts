import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { answerMalformed, answerProblems, sendProblem } from '../../http/problem.ts';
import { isOurHost } from '../access/hosts.ts';
import { bodyBytesMax } from '../protocol/operations.ts';
import { limitConnections } from './connections.ts';
import { securityHeaders } from './headers.ts';

/** Limits of the server. */
export const limits = {
  connections: { max: 512, perAddressMax: 128 },
  handshakeMs: 5000,
  headersMs: 5000,
  requestMs: 10_000,
  /** How often it is looked who is too slow. */
  lookMs: 1000,
  keepAliveMs: 30_000,
  headerBytesMax: 16 * 1024,
};

/** PEM. */
export interface Certificate {
  key: string;
  /** With those between it and its authority. */
  certificate: string;
}

export interface ServerOptions {
  /** Undefined: plain HTTP, which is for loopback only. */
  tls: Certificate | undefined;
  /** Whether only those on this machine reach it. */
  isLoopback: boolean;
  onProblem: (problem: string) => void;
}

/** A server without resources. */
export function createServer({ tls, isLoopback, onProblem }: ServerOptions): FastifyInstance {
  const { headersMs, requestMs, lookMs, keepAliveMs, headerBytesMax, handshakeMs } = limits;
  const http = { headersTimeout: headersMs, connectionsCheckingInterval: lookMs, maxHeaderSize: headerBytesMax };
  const common = {
    ...{ requestTimeout: requestMs, keepAliveTimeout: keepAliveMs, bodyLimit: bodyBytesMax, logger: false as const },
    // What a client sends is taken as it is or refused, never bent into shape.
    ajv: { customOptions: { coerceTypes: false as const, removeAdditional: false as const } },
    frameworkErrors: ({ code }: { code: string }, _request: unknown, reply: unknown) => {
      // Nothing has so long a name.
      const isLong = code === 'FST_ERR_MAX_PARAM_LENGTH';
      sendProblem(
        (reply as FastifyReply).headers(securityHeaders),
        isLong ? 404 : 400,
        isLong ? undefined : 'malformed URL',
      );
    },
    clientErrorHandler: answerMalformed,
    // At the end nobody is waited for.
    forceCloseConnections: true as const,
  };
  const app =
    tls === undefined
      ? Fastify({ ...common, http })
      : (Fastify({
          ...common,
          https: { ...http, ...tlsOptions(tls), handshakeTimeout: handshakeMs },
        }) as unknown as FastifyInstance);
  limitConnections(app.server, limits.connections);
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders);
    if (isLoopback && !isOurHost(request.headers.host)) return void sendProblem(reply, 421, 'this host is not ours');
    done();
  });
  answerProblems(app, onProblem);
  return app;
}

/** TLS 1.2 is the oldest that is safe (RFC 9325). */
export function tlsOptions({ key, certificate }: Certificate) {
  return { key, cert: certificate, minVersion: 'TLSv1.2' as const, ALPNProtocols: ['http/1.1'] };
}
