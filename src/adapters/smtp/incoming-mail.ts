import type { ReceivedMessage, Reply } from '../../actors/ports/mail.ts';
import { type IncomingContent, SpoolFull } from '../spool/incoming-content.ts';
import { BareLineEndFilter, type BareLineEnds } from './bare-line-ends.ts';
import { DotUnstuffer } from './dot-unstuffer.ts';
import { HopCounter } from './hop-counter.ts';
import type { SmtpLimits } from './limits.ts';
import { replies } from './replies.ts';

export interface IncomingMailOptions {
  limits: Pick<SmtpLimits, 'messageBytesMax' | 'hopsMax' | 'tracesMax'>;
  bareLineEnds: BareLineEnds;
  traceHeader: string;
  /** Told of a spool that fails for another reason than a full disk. */
  onProblem: (error: Error) => void;
}

/**
 * One message from 354 to the final dot. A message that is refused on the way is read to its dot all the same, since
 * only then may a reply be sent, but nothing of it is kept.
 */
export class IncomingMail {
  readonly #options: IncomingMailOptions;
  readonly #content: IncomingContent;
  readonly #unstuffer = new DotUnstuffer();
  readonly #filter: BareLineEndFilter | undefined;
  readonly #hops: HopCounter;
  #refusal: Reply | undefined;

  constructor(content: IncomingContent, options: IncomingMailOptions) {
    this.#content = content;
    this.#options = options;
    this.#filter = options.bareLineEnds === 'keep' ? undefined : new BareLineEndFilter();
    this.#hops = new HopCounter(options.traceHeader);
  }

  /** Takes bytes as they came. What came after the final dot, once that came; a promise when the disk is needed. Never rejects. */
  push(chunk: Buffer): Buffer | undefined | Promise<Buffer | undefined> {
    const { content, rest } = this.#unstuffer.push(chunk);
    const written = content.length > 0 ? this.#take(content) : undefined;
    return written === undefined ? rest : written.then(() => rest);
  }

  /** To be called after the final dot: the message, or the reply that refuses it. */
  async finish(): Promise<ReceivedMessage | Reply> {
    const last = this.#filter?.end();
    if (last !== undefined && last.length > 0) await this.#write(last);
    const { limits } = this.#options;
    if (this.#hops.hops > limits.hopsMax || this.#hops.traces > limits.tracesMax) this.#refuse(replies.mailLoop);
    return this.#refusal ?? this.#content.finish();
  }

  /** The message broke off; idempotent, and harmless after `finish`. */
  discard(): void {
    this.#content.discard();
  }

  #take(content: Buffer): Promise<void> | undefined {
    if (this.#refusal !== undefined) return undefined;
    this.#hops.push(content);
    const checked = this.#filter?.push(content);
    if (checked?.found && this.#options.bareLineEnds === 'refuse') this.#refuse(replies.bareLineEnds);
    return this.#write(checked?.content ?? content);
  }

  #write(content: Buffer): Promise<void> | undefined {
    if (this.#content.size + content.length > this.#options.limits.messageBytesMax)
      this.#refuse(replies.messageTooLarge);
    if (this.#refusal !== undefined) return undefined;
    return this.#content.write(content)?.catch((error: Error) => {
      const full = error instanceof SpoolFull;
      if (!full) this.#options.onProblem(error);
      this.#refuse(full ? replies.spoolFull : replies.spoolBroken);
    });
  }

  #refuse(reply: Reply): void {
    this.#refusal ??= reply;
    this.#content.discard();
  }
}
