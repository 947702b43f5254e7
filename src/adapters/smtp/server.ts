import type { Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import library from 'smtp-server/package.json' with { type: 'json' };
import type { MailReception, Reply } from '../../actors/ports/mail.ts';
import type { Spool } from '../spool/spool.ts';
import type { BareLineEnds } from './bare-line-ends.ts';
import { GatewayConnection } from './connection.ts';
import type { SmtpLimits } from './limits.ts';
import { replies } from './replies.ts';
import { trustedHosts, UNIX_CLIENT } from './trusted-hosts.ts';

/** connection.ts and mail-stream.ts override inner methods of exactly this version: read them again before another. */
export const SMTP_SERVER_VERSION = '3.21.6';

/** What all connections share. */
export interface ServerSettings {
  reception: () => MailReception;
  spool: Spool;
  name: string;
  limits: SmtpLimits;
  xforwardFrom: readonly string[];
  bareLineEnds: BareLineEnds;
  traceHeader: string;
  onProblem: (error: Error) => void;
}

/** All connections of the port, whatever they came in by. */
export class GatewayServer extends SMTPServer {
  readonly settings: ServerSettings;
  /** Whether XFORWARD is believed from there. */
  readonly isTrusted: (address: string) => boolean;
  /** No transaction is begun any more. */
  draining = false;
  readonly #open = new Set<GatewayConnection>();
  readonly #byAddress = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  #working = 0;
  #settled: (() => void) | undefined;

  /** Throws when smtp-server is of another version, or when `xforwardFrom` cannot be read. */
  constructor(settings: ServerSettings) {
    if (library.version !== SMTP_SERVER_VERSION)
      throw new Error(`smtp-server ${library.version} instead of ${SMTP_SERVER_VERSION}`);
    super({
      name: settings.name,
      size: settings.limits.messageBytesMax,
      socketTimeout: settings.limits.idleMsMax,
      maxCommandLength: settings.limits.commandBytesMax,
      heloResponse: '%s',
      hideDSN: false,
      disableReverseLookup: true,
      disabledCommands: ['AUTH', 'STARTTLS', 'XCLIENT', 'WIZ', 'SHELL', 'KILL'],
      logger: false,
    });
    this.settings = settings;
    this.isTrusted = trustedHosts(settings.xforwardFrom);
  }

  /** A new connection. */
  accept(socket: Socket, isUnix: boolean): void {
    // The client left already, and with it its address.
    if (!isUnix && socket.remoteAddress === undefined) return void socket.destroy();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const connection = new GatewayConnection(this, socket, isUnix);
    // A client that went away in a transaction: the session hears of it by `close`.
    connection.on('error', () => undefined);
    this.#open.add(connection);
    this.#byAddress.set(connection.address, (this.#byAddress.get(connection.address) ?? 0) + 1);
    connection.init();
  }

  /** Why a connection that was just accepted is one too many, if it is. */
  admit(address: string): Reply | undefined {
    const { clientsMax, clientsPerAddressMax } = this.settings.limits;
    if (this.#open.size > clientsMax) return replies.tooManyClients;
    const ofAddress = this.#byAddress.get(address) ?? 0;
    return address !== UNIX_CLIENT && ofAddress > clientsPerAddressMax ? replies.tooManyClientsOfAddress : undefined;
  }

  /** A connection ended. */
  left(connection: GatewayConnection): void {
    this.#open.delete(connection);
    const others = (this.#byAddress.get(connection.address) ?? 1) - 1;
    if (others > 0) this.#byAddress.set(connection.address, others);
    else this.#byAddress.delete(connection.address);
    this.#progress();
  }

  /** Connections now. */
  get clients(): number {
    return this.#open.size;
  }

  /** Runs what finds an answer; 451 when it throws, which no session should. */
  async during(work: () => Promise<Reply>): Promise<Reply> {
    this.#working++;
    try {
      return await work();
    } catch (error) {
      this.settings.onProblem(error as Error);
      return replies.internal;
    } finally {
      this.#working--;
      this.#progress();
    }
  }

  /** See `SmtpPort.drain`. */
  async drain(limitMs: number): Promise<void> {
    this.draining = true;
    const settled = new Promise<void>((resolve) => {
      this.#settled = resolve;
    });
    for (const connection of this.#open) connection.drain();
    this.#progress();
    const timer = setTimeout(() => this.#settled?.(), limitMs);
    await settled;
    clearTimeout(timer);
    for (const connection of this.#open) connection.abort();
    for (const socket of this.#sockets) socket.destroySoon();
  }

  override onConnect(_session: SMTPServerSession, callback: (error?: Error | null) => void): void {
    callback();
  }

  #progress(): void {
    if (this.#open.size === 0 && this.#working === 0) this.#settled?.();
  }
}
