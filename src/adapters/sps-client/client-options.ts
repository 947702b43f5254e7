import { withApiKey } from './api-key.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { createLines } from './lines.ts';
import { createTrust } from './trust.ts';

/** How clients of Smart Protection Servers and update sources connect. */
export interface SpsConnectionOptions {
  /** CA certificate (PEM) to trust beside the system's roots; read again when it changes. */
  caFile?: string;
  /** PEM files of the certificate that is shown to servers that ask for one, and its key; read again when they change. */
  certificate?: { file: string; keyFile: string };
  /** File whose first line is a key that is shown to the servers. */
  apiKeyFile?: string;
  /** HTTP proxy, e.g. `http://proxy:3128`, with user and password in it if need be; https goes through by CONNECT. */
  proxyUrl?: string;
  /** Most requests at once to one server; more wait. Default 64. */
  connectionsPerServerMax?: number;
  /** Longest time to connect and shake hands, ms; the request's signal ends it earlier. Default 60000. */
  connectMsMax?: number;
  /** How long an unused connection is kept, ms. Default 30000. */
  keepAliveMs?: number;
  /** Age at which a connection is replaced, so that the server's name is looked up again, ms. Default 60000. */
  connectionMsMax?: number;
  /** Milliseconds since 1970. Default the wall clock. */
  now?: () => number;
}

/** Requests over kept connections with these options, and the way to end them. */
export function openExchange(options: SpsConnectionOptions): { exchange: Exchange; close: () => void } {
  const { now = Date.now, apiKeyFile } = options;
  const lines = createLines({
    trust: createTrust(options.caFile, options.certificate),
    proxyUrl: options.proxyUrl,
    perServerMax: options.connectionsPerServerMax ?? 64,
    connectMsMax: options.connectMsMax ?? 60_000,
    keepAliveMs: options.keepAliveMs ?? 30_000,
    connectionMsMax: options.connectionMsMax ?? 60_000,
    now,
  });
  const exchange = createExchange(lines, options.proxyUrl !== undefined);
  return { exchange: apiKeyFile === undefined ? exchange : withApiKey(exchange, apiKeyFile, now), close: lines.close };
}
