import { randomUUID } from 'node:crypto';
import type { ClientInfo, MailReception, MailSession, ReceivedMessage, Reply } from '../../actors/ports/mail.ts';
import { parseAddressCommand } from './address-command.ts';
import type { SmtpLimits } from './limits.ts';
import { replies } from './replies.ts';
import { parseXforward } from './xforward.ts';

export interface DialogueOptions {
  /** The reception of this moment: asked at each MAIL. */
  reception: () => MailReception;
  limits: Pick<SmtpLimits, 'messageBytesMax' | 'recipientsMax' | 'badCommandsMax'>;
  /** Address and port of the connection. */
  client: Pick<ClientInfo, 'address' | 'port'>;
}

interface OpenSession {
  reception: MailReception;
  session: MailSession;
  id: string;
}

/**
 * What one connection tells the reception. Opens a session at the first MAIL, and again at the first MAIL after the
 * reception was replaced. Every transaction that MAIL began ends in exactly one `data()` or one `reset()`, and every
 * session in exactly one `close()`.
 */
export class Dialogue {
  /** Name given in HELO or EHLO. */
  helo = '';
  readonly #options: DialogueOptions;
  #xforward: ReadonlyMap<string, string> = new Map();
  #open: OpenSession | undefined;
  #transaction: { recipients: number } | undefined;
  #badCommands = 0;
  #closed = false;

  constructor(options: DialogueOptions) {
    this.#options = options;
  }

  /** MAIL: refused here for its syntax or by the reception, else answered by the session. */
  async mail(line: Buffer): Promise<Reply> {
    if (this.#transaction !== undefined) return replies.nestedMail;
    const command = parseAddressCommand('MAIL', line, this.#options.limits.messageBytesMax);
    if ('code' in command) return this.refused(command);
    const reception = this.#options.reception();
    const refusal = reception.refusal();
    if (refusal !== undefined) return refusal;
    const { session, id } = this.#sessionOf(reception);
    const transaction = { recipients: 0 };
    this.#transaction = transaction;
    const reply = await session.mail(command, this.#client(id));
    if (!isPositive(reply) && this.#transaction === transaction) this.#transaction = undefined;
    return reply;
  }

  /** RCPT: refused here for its syntax or number, else answered by the session. */
  async rcpt(line: Buffer): Promise<Reply> {
    const transaction = this.#transaction;
    if (transaction === undefined || this.#open === undefined) return replies.needMail;
    const { messageBytesMax, recipientsMax } = this.#options.limits;
    const command = parseAddressCommand('RCPT', line, messageBytesMax);
    if ('code' in command) return this.refused(command);
    if (transaction.recipients >= recipientsMax) return replies.tooManyRecipients;
    const reply = await this.#open.session.rcpt(command);
    if (isPositive(reply)) transaction.recipients++;
    return reply;
  }

  /** XFORWARD: holds for the next transaction only, as in Postfix; several commands add up. */
  xforward(line: Buffer): Reply {
    if (this.#transaction !== undefined) return replies.transactionOpen;
    const attributes = parseXforward(line);
    if ('code' in attributes) return this.refused(attributes);
    this.#xforward = new Map([...this.#xforward, ...attributes]);
    return replies.ok;
  }

  /** Why DATA is out of place now, if it is. */
  dataRefusal(): Reply | undefined {
    if (this.#transaction === undefined) return replies.needMail;
    return this.#transaction.recipients === 0 ? replies.needRecipient : undefined;
  }

  /** The whole message; the transaction is over whatever the session says. */
  async data(message: ReceivedMessage): Promise<Reply> {
    const session = this.#transaction === undefined ? undefined : this.#open?.session;
    this.#transaction = undefined;
    this.#xforward = new Map();
    // The client left before the message was stored: nobody waits for the reply.
    return session === undefined ? replies.internal : session.data(message);
  }

  /** RSET, EHLO, or a message that did not become whole. */
  reset(): void {
    this.#xforward = new Map();
    if (this.#transaction === undefined) return;
    this.#transaction = undefined;
    this.#open?.session.reset();
  }

  /** The connection is gone; idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.reset();
    this.#open?.session.close();
    this.#open = undefined;
  }

  /** Counts a command refused for its syntax: its reply, or the one that ends the connection. */
  refused(reply: Reply): Reply {
    if (reply.code === 552) return reply;
    return ++this.#badCommands > this.#options.limits.badCommandsMax ? replies.tooManyBadCommands : reply;
  }

  #sessionOf(reception: MailReception): OpenSession {
    if (this.#open?.reception === reception) return this.#open;
    this.#open?.session.close();
    const id = randomUUID();
    this.#open = { reception, id, session: reception.open(this.#client(id)) };
    return this.#open;
  }

  #client(id: string): ClientInfo {
    return { id, ...this.#options.client, helo: this.helo, xforward: this.#xforward };
  }
}

const isPositive = (reply: Reply) => reply.code >= 200 && reply.code < 300;
