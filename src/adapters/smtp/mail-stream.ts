import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';

/** Takes the bytes between 354 and the final dot. */
export interface DataSink {
  /** The next bytes; gives what came after the final dot, once that came. Never throws or rejects. */
  push(chunk: Buffer): Buffer | undefined | Promise<Buffer | undefined>;
  /** The final dot came. Commands are read again when this resolves; never rejects. */
  end(): Promise<void>;
}

/**
 * smtp-server's parser with DATA going straight to a sink, instead of through a stream of its own (`_feedDataStream`):
 * see dot-unstuffer.ts for what that one does otherwise.
 */
export class MailStream extends SMTPStream {
  #sink: DataSink | undefined;

  /** From the next byte on everything is content. */
  receive(sink: DataSink): void {
    this.#sink = sink;
    this._dataMode = true;
  }

  /** True between 354 and the final dot. */
  get receiving(): boolean {
    return this._dataMode;
  }

  override _feedDataStream(chunk: Buffer, done: (error?: Error | null) => void): void {
    const rest = this.#sink?.push(chunk);
    if (rest instanceof Promise) rest.then((after) => this.#pushed(after, done));
    else this.#pushed(rest, done);
  }

  /** A command that the client did not end is no command: it may be a beginning of another. */
  override _flushData(): void {
    this._remainder = '';
  }

  #pushed(rest: Buffer | undefined, done: (error?: Error | null) => void): void {
    if (rest === undefined) {
      done();
      return;
    }
    this._dataMode = false;
    this.#sink?.end().then(() => this._write(rest, 'buffer', done));
    this.#sink = undefined;
  }
}
