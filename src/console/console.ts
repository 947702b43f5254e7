import type { AddressInfo } from 'node:net';
import type { Server } from 'node:tls';
import { isLoopback } from '../adapters/settings/values/host.ts';
import { addGuard } from './access/guard.ts';
import { openTokens } from './access/tokens.ts';
import { type ApiParts, handlersOf } from './http/handlers.ts';
import { addRoutes, operationOf } from './http/routes.ts';
import { type Certificate, createServer, tlsOptions } from './http/server.ts';

export interface ConsoleOptions extends ApiParts {
  /** Where it listens; port 0 takes a free one. */
  listen: { host: string; port: number };
  /** Read now; undefined: plain HTTP, on loopback only. */
  tls: Certificate | undefined;
  tokensFile: string;
  onProblem: (problem: string) => void;
}

/** A console that listens. */
export interface Console {
  /** `http://host:port`, with the real port. */
  url: string;
  /** New connections see the new certificate; open ones go on. */
  renew(tls: Certificate): void;
  close(): Promise<void>;
}

/** Starts listening. @throws when it cannot, or would speak in the clear with others than this machine; `TokensUnusable` */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { listen, tls, tokensFile, onProblem, ...parts } = options;
  const isLocal = isLoopback(listen.host);
  if (!isLocal && tls === undefined) throw new Error('[console] needs a certificate to listen beyond loopback');
  const app = createServer({ tls, isLoopback: isLocal, onProblem: (problem) => onProblem(`admin API: ${problem}`) });
  const tokens = openTokens(tokensFile, onProblem);
  addRoutes(app, handlersOf(parts), addGuard(app, { tokens, operationOf, onProblem }));
  // The name stands for two addresses; one is enough, and has all limits.
  const host = listen.host === 'localhost' ? '127.0.0.1' : listen.host;
  await app.listen({ host, port: listen.port }).catch((error: Error) => {
    throw new Error(`[console] cannot listen on ${listen.host}:${listen.port}: ${error.message}`, { cause: error });
  });
  const { address, family, port } = app.server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    renew: (renewed) => (app.server as unknown as Server).setSecureContext(tlsOptions(renewed)),
    close: () => app.close(),
  };
}
