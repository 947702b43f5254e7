import type { Server } from 'node:tls';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { answerMalformed, answerProblems, sendProblem } from '../../http/problem.ts';
import type { KeyAndCertificate } from '../identity/certificate.ts';
import { queryBytesMax } from '../protocol/protocol.ts';

/** Limits of the HTTPS server. */
const limits = {
  connectionsMax: 4096,
  handshakeMs: 10_000,
  headersMs: 10_000,
  requestMs: 15_000,
  /** Longer than clients keep a connection, so that they, not we, close it. */
  keepAliveMs: 75_000,
  headerBytesMax: 16 * 1024,
};

/** TLS 1.2 is the oldest that is safe (RFC 9325); HTTP/1.1 alone keeps one request to a connection at a time. */
const tlsOptions = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const;

/** What a server shows its clients, and whom it asks for a certificate. */
export interface ServerTls {
  identity: KeyAndCertificate;
  /** Authorities of clients, PEM; undefined: clients are not asked. */
  clientAuthorities: string | undefined;
}

/** An HTTPS server without resources. */
export function createServer(tls: ServerTls, onProblem: (problem: string) => void): FastifyInstance {
  const app = Fastify({
    https: {
      ...secureContext(tls),
      // A client without a good certificate gets an answer that says so, not a broken handshake.
      requestCert: tls.clientAuthorities !== undefined,
      rejectUnauthorized: false,
      handshakeTimeout: limits.handshakeMs,
      headersTimeout: limits.headersMs,
      maxHeaderSize: limits.headerBytesMax,
    },
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    bodyLimit: queryBytesMax,
    // Bodies have one field by name, and nothing is made of their others: to look for names of prototypes costs more than to read them.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    // What a client sends is taken as it is or refused, never bent into shape.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    frameworkErrors: (_error, _request, reply) => sendProblem(reply as unknown as FastifyReply, 400, 'malformed URL'),
    clientErrorHandler: answerMalformed,
    logger: false,
  });
  app.server.maxConnections = limits.connectionsMax;
  app.removeContentTypeParser('text/plain');
  answerProblems(app, onProblem);
  return app as unknown as FastifyInstance;
}

/** New connections see the new certificate; open ones go on. */
export function replaceCertificate(app: FastifyInstance, tls: ServerTls): void {
  const server = app.server as unknown as Server;
  server.setSecureContext(secureContext(tls));
}

function secureContext({ identity, clientAuthorities }: ServerTls) {
  const ca = clientAuthorities === undefined ? {} : { ca: clientAuthorities };
  return { ...tlsOptions, ...ca, key: identity.key, cert: identity.certificate };
}
