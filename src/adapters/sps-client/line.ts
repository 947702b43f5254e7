import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher, ProxyAgent } from 'undici';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import type { Trust } from './trust.ts';

/** How connections are made. */
export interface LineOptions {
  trust: Trust;
  /** HTTP proxy, e.g. `http://user:password@proxy:3128`; https goes through it by CONNECT. */
  proxyUrl: string | undefined;
  /** Longest time to connect and shake hands, ms. */
  connectMsMax: number;
  /** How long an unused connection is kept, ms. */
  keepAliveMs: number;
}

/** A way to one server for one request at a time; connects when it is used, and again when the server hung up. */
export interface Line {
  dispatcher: Dispatcher;
  /** When it connected last, ms since 1970. */
  connectedAtMs: number;
  /** A whole answer has come over the connection as it is now: if it breaks, the server may just have grown tired of it. */
  isUsed: boolean;
  destroy(): void;
}

/** Backstop against a server that falls silent, for requests whose signal allows more; ms. */
const silenceMsMax = 60_000;

/** A new line to an origin (`https://host:port`). Throws `ReputationFailure` (tls) when a PEM file cannot be used. */
export function openLine(origin: string, options: LineOptions, now: () => number): Line {
  const { proxyUrl, connectMsMax } = options;
  const clientOptions: Client.Options = {
    pipelining: 1,
    keepAliveTimeout: options.keepAliveMs,
    keepAliveMaxTimeout: options.keepAliveMs,
    headersTimeout: silenceMsMax,
    bodyTimeout: silenceMsMax,
  };
  const connecting = new Set<Socket>();
  const watched = (client: Client) =>
    client.on('connect', () => {
      line.isUsed = false;
      line.connectedAtMs = now();
    });
  const dispatcher =
    proxyUrl === undefined
      ? watched(new Client(origin, { ...clientOptions, connect: connector(options, connecting) }))
      : new ProxyAgent({
          ...clientOptions,
          uri: proxyUrl,
          connectTimeout: connectMsMax,
          requestTls: { secureContext: contextOf(options.trust), allowH2: false },
          factory: (to, given) => watched(new Client(to, given)),
        });
  const line: Line = {
    dispatcher,
    connectedAtMs: now(),
    isUsed: false,
    destroy() {
      dispatcher.destroy().catch(() => {});
      for (const socket of connecting) socket.destroy(new Error('given up'));
    },
  };
  return line;
}

/** Connects straight to the server, to whichever of its addresses answers (RFC 8305), looked up anew each time. */
function connector(options: LineOptions, connecting: Set<Socket>): buildConnector.connector {
  return (to, callback) => {
    try {
      const connect = buildConnector({
        secureContext: contextOf(options.trust),
        allowH2: false,
        autoSelectFamily: true,
        // A resumed session would not look at the certificate again.
        maxCachedSessions: 0,
        timeout: options.connectMsMax,
      });
      // It returns the socket that it is connecting, which its type does not say. Without that a connection attempt
      // whose request was given up would go on until its own timeout.
      const socket = (connect as (...args: Parameters<typeof connect>) => unknown)(to, (...result) => {
        connecting.delete(socket);
        callback(...result);
      }) as Socket;
      connecting.add(socket);
    } catch (error) {
      callback(error as Error, null);
    }
  };
}

function contextOf(trust: Trust) {
  try {
    return trust.context();
  } catch (error) {
    throw new ReputationFailure(
      'tls',
      `the CA file or the client certificate cannot be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
