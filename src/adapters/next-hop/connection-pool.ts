import { NextHopUnavailable } from '../../actors/ports/mail.ts';
import type { SmtpConnection } from './smtp-connection.ts';
import { createWaitingLine } from './waiting-line.ts';

export interface PoolOptions {
  /** Opens a connection; throws `NextHopUnavailable`. */
  open(): Promise<SmtpConnection>;
  /** How messages call the server. */
  name: string;
  /** Most connections at once: in use, idle and being opened. */
  connectionsMax: number;
  /** How long to wait for one of them, milliseconds. */
  waitTimeoutMs: number;
  /** An unused connection is closed after this, milliseconds. */
  idleMs: number;
  /** A connection is closed after so many messages. */
  messagesMax: number;
  /** A connection older than this is not used again, milliseconds. */
  ageMaxMs: number;
}

/** A connection on loan. */
export interface Loan {
  connection: SmtpConnection;
  /** It was used before, so the server may have closed it without our knowing yet. */
  isKept: boolean;
}

/** Connections kept between transactions; the one used last is used next, so that the others can go. */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #connections = new Set<SmtpConnection>();
  readonly #idle: { connection: SmtpConnection; timer: NodeJS.Timeout }[] = [];
  /** Served with a kept connection, or with nothing: a free place to open one in. */
  readonly #line = createWaitingLine<SmtpConnection | undefined>();
  #places: number;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#places = options.connectionsMax;
  }

  /** A kept connection or a new one. Throws `NextHopUnavailable`. */
  async borrow(): Promise<Loan> {
    const { name, connectionsMax, waitTimeoutMs } = this.#options;
    if (this.#isClosed) throw new NextHopUnavailable(`next hop ${name}: closing`);
    const kept = this.#takeIdle();
    if (kept) return { connection: kept, isKept: true };
    if (this.#places > 0) {
      this.#places--;
      return this.#open();
    }
    const late = `next hop ${name}: all ${connectionsMax} connections in use for ${waitTimeoutMs} ms`;
    const connection = await this.#line.wait(waitTimeoutMs, () => new NextHopUnavailable(late));
    return connection ? { connection, isKept: true } : this.#open();
  }

  /** A new connection in the place of one that turned out to be dead. Throws `NextHopUnavailable`; the place is then free. */
  renew(dead: SmtpConnection): Promise<Loan> {
    this.#connections.delete(dead);
    return this.#open();
  }

  /** Gives a connection back, between transactions; a failed one is forgotten. */
  giveBack(connection: SmtpConnection): void {
    const { messagesMax, ageMaxMs, idleMs } = this.#options;
    const isWorn = connection.messages >= messagesMax || Date.now() - connection.openedAtMs >= ageMaxMs;
    if (connection.failure || this.#isClosed || isWorn) {
      this.#retire(connection);
      return;
    }
    if (this.#line.serve(connection)) return;
    connection.onFailure = () => this.#retireIdle(connection);
    this.#idle.push({ connection, timer: setTimeout(() => this.#retireIdle(connection), idleMs).unref() });
  }

  /** Closes every connection, those on loan without ceremony; idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#line.refuseAll(new NextHopUnavailable(`next hop ${this.#options.name}: closing`));
    const quitting: Promise<void>[] = [];
    for (let kept = this.#takeIdle(); kept; kept = this.#takeIdle()) {
      this.#connections.delete(kept);
      quitting.push(kept.quit());
    }
    for (const connection of this.#connections) connection.fail('closing');
    await Promise.all(quitting);
  }

  async #open(): Promise<Loan> {
    try {
      const connection = await this.#options.open();
      if (this.#isClosed) throw connection.fail('closing');
      this.#connections.add(connection);
      return { connection, isKept: false };
    } catch (error) {
      this.#freePlace();
      throw error;
    }
  }

  #freePlace(): void {
    if (!this.#line.serve(undefined)) this.#places++;
  }

  #retire(connection: SmtpConnection): void {
    this.#connections.delete(connection);
    void connection.quit();
    this.#freePlace();
  }

  #retireIdle(connection: SmtpConnection): void {
    const index = this.#idle.findIndex((entry) => entry.connection === connection);
    const [entry] = this.#idle.splice(index, 1);
    clearTimeout(entry?.timer);
    connection.onFailure = () => {};
    this.#retire(connection);
  }

  #takeIdle(): SmtpConnection | undefined {
    const entry = this.#idle.pop();
    if (!entry) return undefined;
    clearTimeout(entry.timer);
    entry.connection.onFailure = () => {};
    return entry.connection;
  }
}
