import {
  type ClientInfo,
  type MailCommand,
  type NextHopTransaction,
  NextHopUnavailable,
  type Reply,
} from '../../actors/ports/mail.ts';
import type { ConnectionPool, Loan } from './connection-pool.ts';
import { frameData, type LooseDots } from './data-framing.ts';
import { envelopeLine } from './envelope-line.ts';
import type { SmtpConnection } from './smtp-connection.ts';
import { xforwardCommands } from './xforward.ts';

export interface TransactionOptions {
  pool: ConnectionPool;
  /** How messages call the server. */
  name: string;
  /** Most recipients that the next hop has accepted; what comes then is for another transaction. */
  recipientsMax: number;
  commandTimeoutMs: number;
  dataTimeoutMs: number;
  looseDots: LooseDots;
  onProblem(problem: string): void;
}

const smuggledReply: Reply = {
  code: 554,
  text: '5.6.0 The message has a lone dot between bare CR or LF, which some servers take for its end',
};

/** RFC 5321 4.5.3.1.10: temporary, and the client sends it in a transaction of its own. */
const oneAtATime: Reply = { code: 452, text: '4.5.3 One recipient at a time, please: the next hop speaks LMTP' };

/** A transaction on a connection on loan; the connection goes back to the pool when it is released. */
export class SmtpTransaction implements NextHopTransaction {
  readonly #client: ClientInfo;
  readonly #options: TransactionOptions;
  #connection: SmtpConnection;
  /** Nothing was answered on this loan yet, and the server may have closed the connection unnoticed. */
  #isPerhapsStale: boolean;
  /** The server has accepted MAIL and not yet answered the final dot. */
  #isOpen = false;
  #recipients = 0;
  #isInFlight = false;
  #isReleased = false;
  #holdsPlace = true;

  constructor(loan: Loan, client: ClientInfo, options: TransactionOptions) {
    this.#connection = loan.connection;
    this.#isPerhapsStale = loan.isKept;
    this.#client = client;
    this.#options = options;
  }

  mail(command: MailCommand): Promise<Reply> {
    return this.#lockStep(async () => {
      const wasPerhapsStale = this.#isPerhapsStale;
      this.#isPerhapsStale = false;
      try {
        return await this.#sendMail(command);
      } catch (error) {
        // A server that is merely slow would cost the client the time twice.
        if (!wasPerhapsStale || this.#isReleased || this.#connection.hasTimedOut) throw error;
        await this.#renewConnection();
        return this.#sendMail(command);
      }
    });
  }

  rcpt(command: MailCommand): Promise<Reply> {
    return this.#lockStep(async () => {
      const line = envelopeLine('RCPT TO', command, this.#connection.extensions);
      if (typeof line !== 'string') return line;
      if (this.#recipients >= this.#options.recipientsMax) return oneAtATime;
      const reply = this.#yesOrNo(await this.#connection.command(line, this.#options.commandTimeoutMs), 'RCPT');
      if (reply.code < 300) this.#recipients++;
      return reply;
    });
  }

  data(content: readonly Uint8Array[]): Promise<Reply> {
    return this.#lockStep(async () => {
      const framed = frameData(content, this.#options.looseDots);
      if ('smuggled' in framed) return smuggledReply;
      const go = await this.#connection.command('DATA', this.#options.commandTimeoutMs);
      if (go.code >= 400) return go;
      if (go.code !== 354) throw this.#connection.fail(`unexpected reply ${go.code} ${go.text} to DATA`);
      const reply = await this.#connection.content(framed.wire, this.#options.dataTimeoutMs);
      this.#isOpen = false;
      this.#connection.messages++;
      return this.#yesOrNo(reply, 'the final dot');
    });
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    // The step in flight then ends, and gives the connection back.
    if (this.#isInFlight) this.#connection.fail('the transaction was given up');
    else this.#giveBack();
  }

  async #lockStep(step: () => Promise<Reply>): Promise<Reply> {
    if (this.#isReleased || !this.#holdsPlace) throw this.#unavailable('the transaction is over');
    this.#isInFlight = true;
    try {
      return await step();
    } finally {
      this.#isInFlight = false;
      if (this.#isReleased) this.#giveBack();
    }
  }

  async #sendMail(command: MailCommand): Promise<Reply> {
    const connection = this.#connection;
    const line = envelopeLine('MAIL FROM', command, connection.extensions);
    if (typeof line !== 'string') return line;
    const offered = connection.extensions.get('XFORWARD')?.toUpperCase().split(' ').filter(Boolean) ?? [];
    const forwarding = xforwardCommands(this.#client, offered, connection.hasForwarded);
    if (forwarding.length > 0) connection.hasForwarded = true;
    const replies = await connection.commands([...forwarding, line], this.#options.commandTimeoutMs);
    const reply = replies.pop() as Reply;
    const refused = replies.find(({ code }) => code >= 300);
    if (refused) this.#options.onProblem(this.#unavailable(`XFORWARD: ${refused.code} ${refused.text}`).message);
    this.#isOpen = reply.code < 300;
    return this.#yesOrNo(reply, 'MAIL');
  }

  async #renewConnection(): Promise<void> {
    this.#holdsPlace = false;
    ({ connection: this.#connection } = await this.#options.pool.renew(this.#connection));
    this.#holdsPlace = true;
    if (this.#isReleased) throw this.#unavailable('the transaction was given up');
  }

  #giveBack(): void {
    if (!this.#holdsPlace) return;
    this.#holdsPlace = false;
    if (this.#isOpen && !this.#connection.failure) void this.#resetAndGiveBack();
    else this.#options.pool.giveBack(this.#connection);
  }

  async #resetAndGiveBack(): Promise<void> {
    const connection = this.#connection;
    try {
      const reply = await connection.command('RSET', this.#options.commandTimeoutMs);
      if (reply.code !== 250) connection.fail(`unexpected reply ${reply.code} ${reply.text} to RSET`);
    } catch {
      // The connection is dead, which is all that matters: nobody waits for this reply.
    }
    this.#options.pool.giveBack(connection);
  }

  /** A reply that is neither yes nor no means that we and the server no longer talk about the same thing. */
  #yesOrNo(reply: Reply, phase: string): Reply {
    if (reply.code < 300 || reply.code >= 400) return reply;
    throw this.#connection.fail(`unexpected reply ${reply.code} ${reply.text} to ${phase}`);
  }

  #unavailable(reason: string): NextHopUnavailable {
    return new NextHopUnavailable(`next hop ${this.#options.name}: ${reason}`);
  }
}
