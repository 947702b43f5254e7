import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import type { ReceivedMessage, Reply } from '../../actors/ports/mail.ts';
import { Dialogue } from './dialogue.ts';
import { IncomingMail } from './incoming-mail.ts';
import { MailStream } from './mail-stream.ts';
import { replies } from './replies.ts';
import type { GatewayServer } from './server.ts';
import { UNIX_CLIENT } from './trusted-hosts.ts';

/**
 * One connection. This file, mail-stream.ts and server.ts are all that knows smtp-server's inside; server.ts checks the
 * version they were written for. From smtp-server come the reading of lines, EHLO, the writing of replies, HELO before
 * MAIL, idle timeout and half-close; MAIL, RCPT, XFORWARD and DATA are ours, because its own change addresses and
 * parameters, and refuse valid ones.
 */
export class GatewayConnection extends SMTPConnection {
  readonly #server: GatewayServer;
  readonly #dialogue: Dialogue;
  /** IP address, or `unix`. XFORWARD does not change it. */
  readonly address: string;
  #mail: IncomingMail | undefined;
  #dataTimer: NodeJS.Timeout | undefined;
  #gone = false;

  constructor(server: GatewayServer, socket: Socket, isUnix: boolean) {
    super(server, socket, { id: randomUUID() });
    this.#server = server;
    this.address = isUnix ? UNIX_CLIENT : this.remoteAddress;
    const { reception, limits } = server.settings;
    this.#dialogue = new Dialogue({ reception, limits, client: { address: this.address, port: this.remotePort } });
  }

  /** smtp-server waits 100 ms here before it greets, without an option; this is its `init` without that. */
  override init(): void {
    const refusal = this.#server.admit(this.address);
    this._setListeners(() => {
      if (refusal === undefined) this.connectionReady();
      else this.#reply(refusal);
    });
  }

  /** Drain: ends the connection unless a message is coming in or an answer is being found; then after the answer. */
  drain(): void {
    if (!this._handlerPending && !this.#receiving) this.#reply(replies.shuttingDown);
  }

  /** Ends the connection whatever it does. */
  abort(): void {
    this.#reply(replies.shuttingDown);
    this._socket.destroySoon();
  }

  override _createParser(): SMTPConnection['_parser'] & MailStream {
    const parser = new MailStream({ maxCommandLength: this._server.options.maxCommandLength });
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on('error', (error) => this.#reply({ code: 421, text: `Error: ${error.message}` }));
    return parser;
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    // All bad commands count together, in the dialogue; smtp-server's own count of unknown ones never ends a connection.
    this._unrecognizedCommands = 0;
    super._onCommand(command, callback);
  }

  /** smtp-server's own replies come this way; the dialogue's do not. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const isRefused = code >= 500 && code <= 502 && typeof data === 'string';
    const reply = isRefused ? this.#dialogue.refused({ code, text: data }) : { code, text: data };
    super.send(reply.code, reply.text, context);
  }

  override _whenWritable(next: () => void): void {
    if (this.#server.draining && !this.#receiving && !this._closing) this.#reply(replies.shuttingDown);
    else super._whenWritable(next);
  }

  override _resetSession(): void {
    super._resetSession();
    this.#dialogue.reset();
  }

  override _proxyCommandAllowed(command: string): boolean {
    return command === 'XFORWARD' && this.#server.isTrusted(this.address);
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    super.handler_EHLO(command, callback);
    this.#named(command);
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    super.handler_HELO(command, callback);
    this.#named(command);
  }

  override handler_XFORWARD(command: Buffer, callback: () => void): void {
    const trusted = this._proxyCommandAllowed('XFORWARD');
    this.#reply(trusted ? this.#dialogue.xforward(command) : replies.xforwardRefused);
    callback();
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    this.#answer(() => this.#dialogue.mail(command), callback);
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    this.#answer(() => this.#dialogue.rcpt(command), callback);
  }

  override handler_DATA(_command: Buffer, callback: () => void): void {
    const refusal = this.#dialogue.dataRefusal();
    if (refusal === undefined) this.#receive();
    this.#reply(refusal ?? replies.startMail);
    callback();
  }

  override close(): void {
    super.close();
    this.#leave();
  }

  override _onClose(): void {
    super._onClose();
    this.#leave();
  }

  get #receiving(): boolean {
    return this._parser instanceof MailStream && this._parser.receiving;
  }

  #reply(reply: Reply): void {
    super.send(reply.code, reply.text.includes('\n') ? reply.text.split('\n') : reply.text);
  }

  async #answer(work: () => Promise<Reply>, callback: () => void): Promise<void> {
    this.#reply(await this.#server.during(work));
    callback();
  }

  #receive(): void {
    if (!(this._parser instanceof MailStream)) return;
    const { limits, spool } = this.#server.settings;
    const mail = new IncomingMail(spool.begin(), this.#server.settings);
    this.#mail = mail;
    this.#dataTimer = setTimeout(() => this.#reply(replies.dataTooSlow), limits.dataMsMax).unref();
    this._parser.receive({ push: (chunk) => mail.push(chunk), end: () => this.#received(mail) });
  }

  /** The final dot came. */
  async #received(mail: IncomingMail): Promise<void> {
    clearTimeout(this.#dataTimer);
    // Tells smtp-server's idle timeout that the client waits for us.
    this._handlerPending = true;
    const reply = await this.#server.during(() => this.#judge(mail));
    this._handlerPending = false;
    this.#reply(reply);
    if (this.#server.draining && !this._closing) this.#reply(replies.shuttingDown);
  }

  async #judge(mail: IncomingMail): Promise<Reply> {
    const outcome: ReceivedMessage | Reply = await mail.finish();
    this.#mail = undefined;
    if ('code' in outcome) {
      this.#dialogue.reset();
      return outcome;
    }
    try {
      return await this.#dialogue.data(outcome);
    } finally {
      outcome.dispose();
    }
  }

  /** HELO or EHLO was accepted: the name as it was given, which smtp-server turns to lower case. */
  #named(command: Buffer): void {
    const name = command.toString().trim().split(/\s+/)[1] ?? '';
    if (name.toLowerCase() === this.hostNameAppearsAs) this.#dialogue.helo = name;
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#dataTimer);
    this.#mail?.discard();
    this.#dialogue.close();
    this.#server.left(this);
  }
}
