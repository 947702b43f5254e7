import { hostname } from 'node:os';
import type { MailReception } from '../../actors/ports/mail.ts';
import type { Spool } from '../spool/spool.ts';
import type { BareLineEnds } from './bare-line-ends.ts';
import { defaultSmtpLimits, type SmtpLimits } from './limits.ts';
import { formatListenAddress, parseListenAddress } from './listen-address.ts';
import { type Listener, listen } from './listener.ts';
import { GatewayServer } from './server.ts';

export interface SmtpOptions {
  /** `host:port`, `[ipv6]:port` or `unix:/path`; one or more. Port 0 takes a free one. */
  listen: readonly string[];
  /** The reception of this moment. It may be another one later: sessions are opened anew at the next MAIL. */
  reception: () => MailReception;
  /** Where messages are while they come in. */
  spool: Spool;
  /** Name in the greeting; default the machine's. */
  name?: string;
  limits?: Partial<SmtpLimits>;
  /** Hosts whose XFORWARD is believed: IP addresses, CIDR networks, `unix`; default loopback and `unix`. */
  xforwardFrom?: readonly string[];
  /** Default `normalize`. */
  bareLineEnds?: BareLineEnds;
  /** Header field that gateways like this one add, counted against `tracesMax`; default `X-Sekisho`. */
  traceHeader?: string;
  /** File mode of unix sockets; default 0o660. */
  unixSocketMode?: number;
  /** Told of trouble of ours that a client saw as a 451. */
  onProblem?: (error: Error) => void;
}

/** The SMTP port, listening. */
export interface SmtpPort {
  /** Where it listens, with real port numbers, in the order of `listen`. */
  readonly addresses: readonly string[];
  /** Connections now. */
  clients(): number;
  /**
   * Stops for good: no new connections; 421 to clients that are idle; who is within DATA or waits for an answer gets
   * that answer first. What is left after `limitMs` is cut off with 421. Not needed when only the reception is replaced.
   */
  drain(limitMs: number): Promise<void>;
}

const LOOPBACK = ['127.0.0.0/8', '::1', 'unix'];

/** Starts listening. Throws `BadListenAddress`, `BadTrustedHost` or `ListenFailed`, and then listens nowhere. */
export async function startSmtp(options: SmtpOptions): Promise<SmtpPort> {
  const addresses = options.listen.map(parseListenAddress);
  const server = new GatewayServer({
    reception: options.reception,
    spool: options.spool,
    name: options.name ?? hostname(),
    limits: { ...defaultSmtpLimits, ...options.limits },
    xforwardFrom: options.xforwardFrom ?? LOOPBACK,
    bareLineEnds: options.bareLineEnds ?? 'normalize',
    traceHeader: options.traceHeader ?? 'X-Sekisho',
    onProblem: options.onProblem ?? (() => undefined),
  });
  const listeners: Listener[] = [];
  const closeAll = () => {
    for (const listener of listeners) listener.close();
  };
  try {
    for (const address of addresses) {
      const isUnix = 'path' in address;
      listeners.push(await listen(address, options.unixSocketMode ?? 0o660, (socket) => server.accept(socket, isUnix)));
    }
  } catch (error) {
    closeAll();
    throw error;
  }
  return {
    addresses: listeners.map((listener) => formatListenAddress(listener.address)),
    clients: () => server.clients,
    drain: (limitMs) => {
      closeAll();
      return server.drain(limitMs);
    },
  };
}
