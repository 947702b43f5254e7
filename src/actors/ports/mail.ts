/** Mail as it passes from the SMTP port through the scan to the next hop. */

/** An SMTP reply (RFC 5321 4.2): code and text without the code; `\n` parts lines. */
export interface Reply {
  code: number;
  text: string;
}

/** An ESMTP parameter exactly as the client gave it; xtext stays encoded. */
export interface EsmtpParameter {
  keyword: string;
  value?: string;
}

/** MAIL or RCPT, with nothing interpreted away, so that it goes on to the next hop unchanged. */
export interface MailCommand {
  /** The path without angle brackets, as received: `xn--` domains and case are kept; '' is the null reverse-path. */
  path: string;
  parameters: readonly EsmtpParameter[];
}

/** XFORWARD attributes (Postfix XFORWARD_README), decoded: NAME ADDR PORT PROTO HELO IDENT SOURCE. */
export type Xforward = ReadonlyMap<string, string>;

/** Who connected. */
export interface ClientInfo {
  /** Unique within the process: names the session's aggregate. */
  id: string;
  /** IP address, or `unix` for a unix socket. */
  address: string;
  port: number;
  /** Name given in HELO or EHLO; '' before it. */
  helo: string;
  xforward: Xforward;
}

/** What `ReceivedMessage.head` gives at most; header fields after it are not seen by the log. */
export const headBytesMax = 64 * 1024;

/** A whole message, received up to the final dot: in memory or, over the budget, in a file of the state folder. */
export interface ReceivedMessage {
  /** Bytes after dot-unstuffing. */
  size: number;
  /** The first bytes, up to `headBytesMax`: enough for the header; never waits for memory. */
  head(): Promise<Buffer>;
  /** The bytes; waits for memory when the message was spilled to disk. */
  load(): Promise<Buffer>;
  /** Gives memory and file back; idempotent. Always called, also after failures. */
  dispose(): void;
}

/** What the SMTP adapter calls, one for each connection. Every method answers; none throws. */
export interface MailSession {
  /** MAIL: its reply is the next hop's. */
  mail(command: MailCommand, client: ClientInfo): Promise<Reply>;
  /** RCPT: its reply is the next hop's. */
  rcpt(command: MailCommand): Promise<Reply>;
  /** The whole message: scans it and hands it on. The reply is the one to the final dot. */
  data(message: ReceivedMessage): Promise<Reply>;
  /** RSET, a new EHLO, or a DATA that broke off: the transaction is over. */
  reset(): void;
  /** The connection is gone. */
  close(): void;
}

/** What the SMTP adapter needs to know before there is a session. */
export interface MailReception {
  /** A reply (421, 452, …) when no mail can be taken in now, asked at MAIL; else undefined. */
  refusal(): Reply | undefined;
  open(client: ClientInfo): MailSession;
}

/** One transaction with the next hop, in lock-step with the client's. */
export interface NextHopTransaction {
  mail(command: MailCommand): Promise<Reply>;
  rcpt(command: MailCommand): Promise<Reply>;
  /** DATA, content and dot. The reply to the dot, or to DATA if it refuses that. */
  data(content: readonly Uint8Array[]): Promise<Reply>;
  /** Ends the transaction in whatever state it is: RSET and back to the pool, or disconnect. Idempotent. */
  release(): void;
}

/** Where mail goes after the scan: the next MTA by SMTP, or a Maildir. */
export interface NextHop {
  /** Throws `NextHopUnavailable` when there is no connection to be had. Methods of the transaction may throw it, too. */
  begin(client: ClientInfo): Promise<NextHopTransaction>;
  close(): Promise<void>;
}

/** Trouble between us and the next hop: 4xx to the client, never 5xx (invariant 3). */
export class NextHopUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NextHopUnavailable';
  }
}

/** A message kept instead of delivered. */
export interface QuarantineEntry {
  /** The scan's GUID: also the id that commands take. */
  id: string;
  /** RFC 3339. */
  time: string;
  mailFrom: MailCommand;
  recipients: readonly MailCommand[];
  client: { address: string; helo: string };
  size: number;
  /** Why, e.g. `malware: Eicar-Test-Signature` or `unscannable: damaged`. */
  reason: string;
  /** Names of the infected files, escaped nowhere: whoever shows them escapes them. */
  files: readonly string[];
  subject?: string;
}

/** Quarantine for whole messages. */
export interface Quarantine {
  /** Content and metadata are fsynced, and their folder too, when this resolves. */
  store(entry: QuarantineEntry, content: readonly Uint8Array[]): Promise<void>;
}
