import { connect, type Socket } from 'node:net';

/** A reply as it came: code, text without codes (`\n` parts lines), and the lines themselves. */
export interface SmtpReply {
  code: number;
  text: string;
  lines: string[];
}

/** The connection ended before a reply was whole. */
export class SmtpClientClosed extends Error {
  constructor(received: string) {
    super(`connection closed; received ${JSON.stringify(received)}`);
    this.name = 'SmtpClientClosed';
  }
}

/**
 * A scripted SMTP client that sends exactly the bytes it is given and takes replies one by one.
 * `await using client = await SmtpClient.connect('127.0.0.1:10025')` closes it at the end of the block.
 */
export class SmtpClient {
  readonly socket: Socket;
  #received = '';
  #ended = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('close', end);
    socket.on('end', end);
    socket.on('error', end);
  }

  /** Connects and reads the greeting. @param address `host:port`, `[ipv6]:port` or `unix:/path` */
  static async connect(address: string, greeting = 220): Promise<SmtpClient> {
    const client = await SmtpClient.open(address);
    await client.expect(greeting);
    return client;
  }

  /** Connects without waiting for the greeting. */
  static open(address: string): Promise<SmtpClient> {
    const port = Number(address.slice(address.lastIndexOf(':') + 1));
    const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
    const socket = address.startsWith('unix:') ? connect(address.slice(5)) : connect({ host, port });
    socket.setNoDelay(true);
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => resolve(new SmtpClient(socket)));
    });
  }

  /** Sends raw bytes, nothing added. Resolves when the kernel has them. */
  raw(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, () => resolve());
    });
  }

  /** Sends lines with CRLF, in one write (pipelined when more than one). */
  line(...lines: string[]): Promise<void> {
    return this.raw(lines.map((line) => `${line}\r\n`).join(''));
  }

  /** Sends one command and returns its reply. */
  async command(line: string): Promise<SmtpReply> {
    await this.line(line);
    return this.reply();
  }

  /** Reads one reply and throws unless it has the code (and, when given, the text). */
  async expect(code: number, text?: string | RegExp): Promise<SmtpReply> {
    const reply = await this.reply();
    const fits = text === undefined || (typeof text === 'string' ? reply.text === text : text.test(reply.text));
    if (reply.code !== code || !fits) throw new Error(`expected ${code} ${text ?? ''}, got ${reply.lines.join(' | ')}`);
    return reply;
  }

  /** Sends commands one by one, each of which must get its code: `['RSET', 250]`. */
  async script(...steps: readonly (readonly [line: string, code: number])[]): Promise<SmtpReply[]> {
    const replies: SmtpReply[] = [];
    for (const [line, code] of steps) {
      await this.line(line);
      replies.push(await this.expect(code));
    }
    return replies;
  }

  /** EHLO, MAIL, RCPT, DATA, content as it is given (dots are not stuffed), the final dot: the reply to that. */
  async send(
    content: string | Uint8Array,
    from = '<a@example.org>',
    to: readonly string[] = ['<b@example.net>'],
  ): Promise<SmtpReply> {
    await this.script(['EHLO client.example', 250], [`MAIL FROM:${from}`, 250]);
    for (const path of to) await this.script([`RCPT TO:${path}`, 250]);
    await this.script(['DATA', 354]);
    await this.raw(content);
    return this.command('.');
  }

  /** The next reply; throws `SmtpClientClosed` when the connection ends before. */
  async reply(): Promise<SmtpReply> {
    for (;;) {
      const end = /^\d{3}(?: .*)?\r\n/m.exec(this.#received);
      if (end !== null) {
        const length = end.index + end[0].length;
        const lines = this.#received.slice(0, length).split('\r\n').slice(0, -1);
        this.#received = this.#received.slice(length);
        const decoded = lines.map((line) => Buffer.from(line, 'latin1').toString());
        return {
          code: Number(decoded.at(-1)?.slice(0, 3)),
          text: decoded.map((line) => line.slice(4)).join('\n'),
          lines: decoded,
        };
      }
      if (this.#ended) throw new SmtpClientClosed(this.#received);
      await this.#more();
    }
  }

  /** Waits for the server to close; returns what came before and was not read. */
  async closed(): Promise<string> {
    while (!this.#ended) await this.#more();
    return this.#received;
  }

  /** Cuts the connection off at once, without QUIT (RST where there are unread bytes). */
  cut(): void {
    this.socket.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    return Promise.resolve();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
