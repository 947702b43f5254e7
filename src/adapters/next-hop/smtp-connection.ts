import type { Socket } from 'node:net';
import { NextHopUnavailable, type Reply } from '../../actors/ports/mail.ts';
import type { Extensions } from './envelope-line.ts';
import { createReplyParser } from './reply-parser.ts';

/** Commands on their way and the replies to them so far. */
interface Exchange {
  phase: string;
  expected: number;
  replies: Reply[];
  resolve(replies: Reply[]): void;
  reject(error: NextHopUnavailable): void;
  timer: NodeJS.Timeout;
}

/** How long to wait after QUIT for the server to close, milliseconds. */
const quitTimeoutMs = 1000;

/**
 * One SMTP connection as its client: commands out, replies in, one exchange at a time. Whatever goes wrong (loss,
 * timeout, a garbled or unasked-for reply, 421) destroys it and rejects the exchange, and every later one, with `NextHopUnavailable`.
 */
export class SmtpConnection {
  /** From EHLO; empty before it and after HELO. */
  extensions: Extensions = new Map();
  /** Transactions that ended with a reply to the final dot. */
  messages = 0;
  /** Whether it told of a client by XFORWARD. */
  hasForwarded = false;
  /** Whether it failed because the server did not answer in time. */
  hasTimedOut = false;
  readonly openedAtMs = Date.now();
  /** Why it can no longer be used. */
  failure: NextHopUnavailable | undefined;
  /** Called once when it fails or closes. */
  onFailure: () => void = () => {};
  readonly #socket: Socket;
  readonly #name: string;
  readonly #parser = createReplyParser();
  #exchange: Exchange | undefined;

  /** Takes over a socket that is connecting or connected; `name` is how messages call the server. */
  constructor(socket: Socket, name: string) {
    this.#socket = socket;
    this.#name = name;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => this.fail(error.message, error));
    socket.on('end', () => this.fail('the server closed the connection'));
    socket.on('close', () => this.fail('the connection is closed'));
  }

  /** Waits for the greeting. */
  greeting(timeoutMs: number): Promise<Reply> {
    return this.#expect('greeting', 1, timeoutMs, () => {}).then(first);
  }

  /** One command line, without CRLF; its verb names the phase in errors. */
  command(line: string, timeoutMs: number): Promise<Reply> {
    return this.#expect(verbOf(line), 1, timeoutMs, () => this.#socket.write(`${line}\r\n`)).then(first);
  }

  /** Several command lines: in one write when the server offers PIPELINING (RFC 2920), else one after the other. `timeoutMs` is for each write. */
  async commands(lines: readonly string[], timeoutMs: number): Promise<Reply[]> {
    if (this.extensions.has('PIPELINING') && lines.length > 1) {
      const phase = lines.map(verbOf).join(' and ');
      return this.#expect(phase, lines.length, timeoutMs, () => this.#socket.write(`${lines.join('\r\n')}\r\n`));
    }
    const replies: Reply[] = [];
    for (const line of lines) replies.push(await this.command(line, timeoutMs));
    return replies;
  }

  /** Content and final dot in as few system calls as the socket allows; the reply to the dot. `timeoutMs` is for all of it. */
  content(wire: readonly Uint8Array[], timeoutMs: number): Promise<Reply> {
    return this.#expect('content', 1, timeoutMs, () => {
      this.#socket.cork();
      for (const chunk of wire) this.#socket.write(chunk);
      this.#socket.uncork();
    }).then(first);
  }

  /** Says QUIT and closes; resolves when it is closed. */
  quit(): Promise<void> {
    if (this.failure) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#socket.destroy(), quitTimeoutMs);
      this.#socket.removeAllListeners('data');
      this.#socket.resume();
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.end('QUIT\r\n');
    });
  }

  /** Destroys the connection. Returns why it is unusable: the first reason given. */
  fail(reason: string, cause?: unknown): NextHopUnavailable {
    if (this.failure) return this.failure;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    const phase = exchange ? `${exchange.phase}: ` : '';
    const failure = new NextHopUnavailable(`next hop ${this.#name}: ${phase}${reason}`, { cause });
    this.failure = failure;
    this.#socket.destroy();
    clearTimeout(exchange?.timer);
    exchange?.reject(failure);
    this.onFailure();
    return failure;
  }

  #expect(phase: string, expected: number, timeoutMs: number, write: () => void): Promise<Reply[]> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.#exchange) return Promise.reject(this.fail(`${phase} before the reply to ${this.#exchange.phase}`));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.hasTimedOut = true;
        this.fail(`no reply within ${timeoutMs} ms`);
      }, timeoutMs);
      this.#exchange = { phase, expected, replies: [], resolve, reject, timer };
      write();
    });
  }

  #onData(chunk: Buffer): void {
    try {
      for (const reply of this.#parser.push(chunk)) this.#onReply(reply);
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error), error);
    }
  }

  #onReply(reply: Reply): void {
    const exchange = this.#exchange;
    if (reply.code === 421 || reply.code === 221 || !exchange) {
      this.fail(`${exchange ? '' : 'unexpected reply '}${reply.code} ${reply.text}`);
      return;
    }
    const isEarly = this.#socket.writableLength > 0;
    if (isEarly && reply.code < 400) {
      this.fail(`${reply.code} before everything was sent`);
      return;
    }
    exchange.replies.push(reply);
    if (exchange.replies.length < exchange.expected) return;
    this.#exchange = undefined;
    clearTimeout(exchange.timer);
    exchange.resolve(exchange.replies);
    if (isEarly) this.fail(`${reply.code} before everything was sent`);
  }
}

function verbOf(line: string): string {
  return line.split(/[ :]/, 1)[0] ?? '';
}

function first(replies: readonly Reply[]): Reply {
  return replies[0] as Reply;
}
