import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MailReception } from '../../src/actors/ports/mail.ts';
import { type SmtpPort, startSmtp } from '../../src/adapters/smtp/start-smtp.ts';
import { createSpool } from '../../src/adapters/spool/spool.ts';
import { SmtpClient } from '../support/smtp-client.ts';

const nobody: MailReception = {
  refusal: () => ({ code: 421, text: 'no gateway' }),
  open: () => {
    throw new Error('no gateway');
  },
};

/** The real SMTP port with many real clients. It outlives one walk: the next gets a new reception behind the same port. */
export class SmtpFront implements AsyncDisposable {
  reception: MailReception = nobody;
  #port: SmtpPort | undefined;
  #folder = '';
  readonly #idle: SmtpClient[] = [];
  #open = 0;

  static async start(): Promise<SmtpFront> {
    const front = new SmtpFront();
    front.#folder = await mkdtemp(join(tmpdir(), 'sekisho-model-'));
    front.#port = await startSmtp({
      listen: ['127.0.0.1:0'],
      reception: () => front.reception,
      spool: await createSpool({ folder: join(front.#folder, 'spool') }),
      name: 'mx.test',
    });
    return front;
  }

  /** A connected client that greeted: one that is idle, or a new one. */
  async client(): Promise<SmtpClient> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    const client = await SmtpClient.connect(this.#port?.addresses[0] ?? '');
    await client.script(['EHLO client.example', 250]);
    this.#open++;
    return client;
  }

  giveBack(client: SmtpClient): void {
    this.#idle.push(client);
  }

  /** The client vanishes. */
  cut(client: SmtpClient): void {
    client.cut();
    this.#open--;
  }

  /** A client vanished that the port has not missed yet. */
  isMoving(): boolean {
    return this.#port?.clients() !== this.#open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#port?.drain(0);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
