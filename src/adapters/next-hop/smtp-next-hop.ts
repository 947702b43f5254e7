import type { NextHop } from '../../actors/ports/mail.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { LooseDots } from './data-framing.ts';
import type { Protocol } from './next-hop-url.ts';
import { nameOf, openConnection, type SmtpAddress } from './open-connection.ts';
import { SmtpTransaction } from './smtp-transaction.ts';

/** How to talk to the server, wherever it is. */
export interface SmtpNextHopOptions {
  /** Most connections at once; further transactions wait for one, `connectTimeoutMs` long. */
  connectionsMax: number;
  /** Look-up, TCP, greeting and EHLO together; also the longest wait for a free connection. Milliseconds. */
  connectTimeoutMs: number;
  /** From a command to its reply (RFC 5321 4.5.3.2 asks for 300 000). Milliseconds. */
  commandTimeoutMs: number;
  /** From the 354 to the reply to the final dot (RFC 5321 4.5.3.2.6 asks for 600 000). Milliseconds. */
  dataTimeoutMs: number;
  /** An unused connection is kept so long. Milliseconds. */
  idleMs: number;
  /** Our name in EHLO. */
  heloName: string;
  /** Messages on one connection before it is closed; 100 by default. */
  messagesPerConnectionMax?: number;
  /** Age at which a connection is not used again; 300 000 by default, as in Postfix. Milliseconds. */
  connectionAgeMaxMs?: number;
  /** For lone dots between bare line ends; `refuse` by default: 554 instead of DATA. */
  looseDots?: LooseDots;
  /** Told, in one line, what no reply tells: the server refused XFORWARD. */
  onProblem?(problem: string): void;
}

/**
 * The next MTA by SMTP, or a mail store by LMTP, in lock-step: its replies are handed back as they come. LMTP answers the dot for each
 * recipient (RFC 2033 4.2), and there is but one reply to hand back: so a transaction has one recipient. Opens no connection before the first `begin`.
 */
export function createSmtpNextHop(options: SmtpNextHopOptions & SmtpAddress & { protocol: Protocol }): NextHop {
  const name = nameOf(options);
  const pool = new ConnectionPool({
    open: () => openConnection(options, options.protocol, options.heloName, options.connectTimeoutMs),
    name,
    connectionsMax: options.connectionsMax,
    waitTimeoutMs: options.connectTimeoutMs,
    idleMs: options.idleMs,
    messagesMax: options.messagesPerConnectionMax ?? 100,
    ageMaxMs: options.connectionAgeMaxMs ?? 300_000,
  });
  return {
    begin: async (client) =>
      new SmtpTransaction(await pool.borrow(), client, {
        pool,
        name,
        recipientsMax: options.protocol === 'lmtp' ? 1 : Number.POSITIVE_INFINITY,
        commandTimeoutMs: options.commandTimeoutMs,
        dataTimeoutMs: options.dataTimeoutMs,
        looseDots: options.looseDots ?? 'refuse',
        onProblem: options.onProblem ?? (() => {}),
      }),
    close: () => pool.close(),
  };
}
