import { createServer, type Server, type Socket } from 'node:net';
import { SinkConversation } from './smtp-sink-conversation.ts';

/** Where a conversation stands when an answer is asked for: `connect` is the greeting, `content` the first bytes after the 354, `.` the final dot. */
export type SinkVerb =
  | 'connect'
  | 'EHLO'
  | 'LHLO'
  | 'HELO'
  | 'XFORWARD'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'content'
  | '.'
  | 'RSET'
  | 'NOOP'
  | 'QUIT'
  | (string & {});

/** What the script is asked about. */
export interface SinkMoment {
  verb: SinkVerb;
  /** The command line; '' for `connect`, `content` and `.`; by LMTP the dot is asked about for each recipient, whose path it is. */
  line: string;
  /** Number of the connection, from 1. */
  connection: number;
  /** How often this verb came, on all connections, this time included. */
  count: number;
}

/**
 * What to do: a reply (lines parted by CRLF, or bytes sent as they are), nothing at all, or to cut the connection, after a
 * reply where one is given (`end` closes in order, `drop` resets). `undefined` gives the usual reply.
 */
export type SinkAnswer =
  | string
  | Buffer
  | { drop: true | string }
  | { end: true | string }
  | { hang: true }
  | undefined;
export type SinkScript = (moment: SinkMoment) => SinkAnswer | Promise<SinkAnswer>;

/** A message as it came over the wire. */
export interface SinkMessage {
  connection: number;
  from: string;
  recipients: string[];
  /** Between the 354 and the final dot, as sent: dots still stuffed. */
  wire: Buffer;
  /** With the dots unstuffed. */
  content: Buffer;
}

export interface SmtpSink {
  /** For `createNextHop`. */
  url: string;
  host: string;
  port: number;
  /** Keywords of the EHLO reply; may be changed at any time. */
  keywords: string[];
  /** May be changed at any time. */
  script: SinkScript;
  /** Every command line received, in order, as it came (UTF-8). */
  commands: string[];
  /** The lines of each connection, by its number less 1. */
  conversations: string[][];
  /** Messages answered with a 2xx to the final dot. */
  messages: SinkMessage[];
  /** Open connections now. */
  open: number;
  /** Commands as they came off the socket, one string for each read: shows pipelining. */
  reads: string[];
  /** Closes every connection in order, as a server does with idle ones. */
  endAll(): void;
  /** Resets every connection. */
  dropAll(): void;
  /** Resolves when the condition holds; it is looked at after every change. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export interface SmtpSinkOptions {
  /** 127.0.0.1 by default. */
  host?: string;
  /** A free one by default. */
  port?: number;
  /** A unix socket instead of TCP. */
  socketPath?: string;
  keywords?: string[];
  script?: SinkScript;
  /** Speaks LMTP (RFC 2033): LHLO, and a reply to the dot for each recipient; one message for each that is a yes. */
  lmtp?: true;
}

/** What Postfix offers by default, with XFORWARD as for a trusted client. */
export const sinkKeywords = [
  'PIPELINING',
  'SIZE 100000000',
  'ENHANCEDSTATUSCODES',
  '8BITMIME',
  'DSN',
  'SMTPUTF8',
  'XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT',
];

/** Server and record in one; `ask` and `changed` are for its conversations. */
export class Sink implements SmtpSink {
  url = '';
  host = '';
  port = 0;
  keywords: string[];
  script: SinkScript;
  commands: string[] = [];
  conversations: string[][] = [];
  messages: SinkMessage[] = [];
  readonly isLmtp: boolean;
  reads: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #counts = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #server: Server;

  constructor(options: SmtpSinkOptions) {
    this.keywords = options.keywords ?? [...sinkKeywords];
    this.script = options.script ?? (() => undefined);
    this.isLmtp = options.lmtp ?? false;
    this.#server = createServer({ noDelay: true, allowHalfOpen: false }, (socket) => this.#accept(socket));
  }

  get open(): number {
    return this.#sockets.size;
  }

  listen(options: SmtpSinkOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const scheme = this.isLmtp ? 'lmtp' : 'smtp';
      const listening = () => {
        const address = this.#server.address();
        if (address && typeof address === 'object') {
          this.host = address.address;
          this.port = address.port;
          this.url = `${scheme}://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
        } else {
          this.url = `${scheme}+unix:${options.socketPath}`;
        }
        resolve();
      };
      if (options.socketPath) this.#server.listen(options.socketPath, listening);
      else this.#server.listen(options.port ?? 0, options.host ?? '127.0.0.1', listening);
    });
  }

  ask(moment: Omit<SinkMoment, 'count'>): SinkAnswer | Promise<SinkAnswer> {
    const count = (this.#counts.get(moment.verb) ?? 0) + 1;
    this.#counts.set(moment.verb, count);
    return this.script({ ...moment, count });
  }

  changed(): void {
    for (const look of this.#waiting) look();
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  endAll(): void {
    for (const socket of this.#sockets) socket.end();
  }

  dropAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const conversation = new SinkConversation(socket, this.conversations.push([]), this);
    socket.on('data', (chunk: Buffer) => conversation.feed(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.changed();
    });
    void conversation.start();
    this.changed();
  }
}

/** A scriptable next hop: a real SMTP server by hand, which keeps every byte and may answer, hang or cut wherever it is told to. */
export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = new Sink(options);
  await sink.listen(options);
  return sink;
}
