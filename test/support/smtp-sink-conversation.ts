import type { Socket } from 'node:net';
import type { Sink, SinkAnswer } from './smtp-sink.ts';

const endOfData = Buffer.from('\r\n.\r\n');

function unstuff(wire: Buffer): Buffer {
  const text = wire.toString('latin1');
  return Buffer.from(text.replace(/(^|\r\n)\./g, '$1'), 'latin1');
}

/** Looks for the final dot without reading the whole content again for each chunk. */
class ContentReader {
  #chunks: Buffer[] = [];
  #tail: Buffer = Buffer.from('\r\n');

  /** The content and what follows it, when the dot has come. */
  push(chunk: Buffer): { wire: Buffer; rest: Buffer } | undefined {
    const seam = Buffer.concat([this.#tail, chunk]);
    const at = seam.indexOf(endOfData);
    this.#chunks.push(chunk);
    if (at === -1) {
      this.#tail = seam.subarray(-4);
      return undefined;
    }
    const after = at + endOfData.length - this.#tail.length;
    const all = Buffer.concat(this.#chunks);
    const length = all.length - chunk.length + after;
    return { wire: all.subarray(0, length - 3), rest: all.subarray(length) };
  }
}

/** One conversation: reads lines or content, asks the script, answers. */
export class SinkConversation {
  readonly #socket: Socket;
  readonly #number: number;
  readonly #sink: Sink;
  #unread: Buffer = Buffer.alloc(0);
  #reader: ContentReader | undefined;
  #sawContent = false;
  #isAnswering = false;
  #from = '';
  #recipients: string[] = [];

  constructor(socket: Socket, number: number, sink: Sink) {
    this.#socket = socket;
    this.#number = number;
    this.#sink = sink;
  }

  async start(): Promise<void> {
    this.#isAnswering = true;
    await this.#answer('connect', '', '220 sink.example ESMTP');
    this.#isAnswering = false;
    void this.#run();
  }

  feed(chunk: Buffer): void {
    if (!this.#reader) this.#sink.reads.push(chunk.toString());
    this.#unread = this.#unread.length > 0 ? Buffer.concat([this.#unread, chunk]) : chunk;
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    while (this.#unread.length > 0 && !this.#socket.destroyed) {
      if (this.#reader) {
        if (!(await this.#content(this.#reader))) break;
        continue;
      }
      const end = this.#unread.indexOf('\r\n');
      if (end === -1) break;
      const line = this.#unread.toString('utf8', 0, end);
      this.#unread = this.#unread.subarray(end + 2);
      await this.#command(line);
    }
    this.#isAnswering = false;
  }

  async #content(reader: ContentReader): Promise<boolean> {
    if (!this.#sawContent) {
      this.#sawContent = true;
      const answer = await this.#sink.ask({ verb: 'content', line: '', connection: this.#number });
      if (answer !== undefined && !this.#perform(answer)) return false;
    }
    const chunk = this.#unread;
    this.#unread = Buffer.alloc(0);
    const done = reader.push(chunk);
    if (!done) return false;
    this.#reader = undefined;
    this.#unread = done.rest;
    const message = { connection: this.#number, from: this.#from, wire: done.wire, content: unstuff(done.wire) };
    const each = this.#sink.isLmtp ? this.#recipients.map((recipient) => [recipient]) : [this.#recipients];
    this.#from = '';
    this.#recipients = [];
    for (const recipients of each) {
      const about = this.#sink.isLmtp ? (recipients[0] ?? '') : '';
      const code = await this.#answer('.', about, '250 2.0.0 Ok: queued as SINK', (accepted) => {
        if (accepted) this.#sink.messages.push({ ...message, recipients });
      });
      if (code === undefined) return false;
    }
    return true;
  }

  async #command(line: string): Promise<void> {
    const verb = (line.split(/[ :]/, 1)[0] ?? '').toUpperCase();
    this.#sink.commands.push(line);
    this.#sink.conversations[this.#number - 1]?.push(line);
    const code = await this.#answer(verb, line, this.#usual(verb));
    const isYes = code !== undefined && code < 300;
    if (verb === 'MAIL' && isYes) this.#from = line.slice('MAIL FROM:'.length);
    if (verb === 'RCPT' && isYes) this.#recipients.push(line.slice('RCPT TO:'.length));
    if (verb === 'RSET' || verb === 'EHLO' || verb === 'LHLO') {
      this.#from = '';
      this.#recipients = [];
    }
    if (verb === 'DATA' && code === 354) {
      this.#reader = new ContentReader();
      this.#sawContent = false;
    }
    if (verb === 'QUIT') this.#socket.end();
  }

  #usual(verb: string): string {
    const hello = this.#sink.isLmtp ? 'LHLO' : 'EHLO';
    switch (verb) {
      case hello: {
        const lines = ['sink.example', ...this.#sink.keywords];
        return lines.map((text, index) => `250${index === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n');
      }
      case 'MAIL':
        return this.#from ? '503 5.5.1 nested MAIL' : '250 2.1.0 Ok';
      case 'RCPT':
        return this.#from ? '250 2.1.5 Ok' : '503 5.5.1 MAIL first';
      case 'DATA':
        return this.#recipients.length > 0 ? '354 End data with <CR><LF>.<CR><LF>' : '554 5.5.1 no valid recipients';
      case 'QUIT':
        return '221 2.0.0 Bye';
      case 'HELO':
        return this.#sink.isLmtp ? '500 5.5.1 LHLO, please' : '250 2.0.0 Ok';
      case 'XFORWARD':
      case 'RSET':
      case 'NOOP':
        return '250 2.0.0 Ok';
      default:
        return '500 5.5.2 unknown command';
    }
  }

  /** Asks, tells `before` whether the answer is a yes, sends it; the code that was sent. */
  async #answer(
    verb: string,
    line: string,
    usual: string,
    before?: (isYes: boolean) => void,
  ): Promise<number | undefined> {
    const answer = (await this.#sink.ask({ verb, line, connection: this.#number })) ?? usual;
    const code = typeof answer === 'string' ? Number(answer.slice(0, 3)) : undefined;
    before?.(code !== undefined && code < 300);
    this.#perform(answer);
    this.#sink.changed();
    return code;
  }

  /** False when the conversation is over. */
  #perform(answer: NonNullable<SinkAnswer>): boolean {
    if (typeof answer === 'string') return this.#socket.write(`${answer}\r\n`) || true;
    if (Buffer.isBuffer(answer)) return this.#socket.write(answer) || true;
    if ('end' in answer) this.#socket.end(typeof answer.end === 'string' ? `${answer.end}\r\n` : '');
    if ('drop' in answer) {
      if (typeof answer.drop === 'string') this.#socket.write(`${answer.drop}\r\n`, () => this.#socket.destroy());
      else this.#socket.resetAndDestroy();
    }
    return false;
  }
}
