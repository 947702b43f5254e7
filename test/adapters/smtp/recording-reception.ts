import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ClientInfo,
  MailCommand,
  MailReception,
  MailSession,
  ReceivedMessage,
  Reply,
} from '../../../src/actors/ports/mail.ts';
import { type SmtpOptions, type SmtpPort, startSmtp } from '../../../src/adapters/smtp/start-smtp.ts';
import { createSpool, type Spool, type SpoolOptions } from '../../../src/adapters/spool/spool.ts';

const OK: Reply = { code: 250, text: 'OK' };

/** A reception that writes down all calls, and answers what the test sets. */
export class RecordingReception implements MailReception {
  /** `open`, `mail`, `rcpt`, `data`, `reset`, `close`, in order, over all sessions. */
  readonly calls: string[] = [];
  readonly clients: ClientInfo[] = [];
  readonly mails: MailCommand[] = [];
  readonly rcpts: MailCommand[] = [];
  readonly contents: Buffer[] = [];
  refuse: Reply | undefined;
  onMail: () => Promise<Reply> | Reply = () => OK;
  onRcpt: (command: MailCommand) => Promise<Reply> | Reply = () => OK;
  onData: (message: ReceivedMessage) => Promise<Reply> | Reply = () => ({ code: 250, text: 'OK queued' });
  #waiting: { call: string; resolve: () => void }[] = [];

  refusal(): Reply | undefined {
    return this.refuse;
  }

  open(): MailSession {
    this.#called('open');
    return {
      mail: async (command, client) => {
        this.mails.push(command);
        this.clients.push(client);
        this.#called('mail');
        return this.onMail();
      },
      rcpt: async (command) => {
        this.rcpts.push(command);
        this.#called('rcpt');
        return this.onRcpt(command);
      },
      data: async (message) => {
        this.#called('data');
        this.contents.push(await message.load());
        return this.onData(message);
      },
      reset: () => this.#called('reset'),
      close: () => this.#called('close'),
    };
  }

  /** Resolves when the call has been made (or was made before). */
  called(call: string): Promise<void> {
    if (this.calls.includes(call)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ call, resolve }));
  }

  #called(call: string): void {
    this.calls.push(call);
    for (const waiter of this.#waiting) if (waiter.call === call) waiter.resolve();
  }
}

/** A running port with a recording reception and a spool of its own. */
export interface TestPort extends AsyncDisposable {
  address: string;
  port: SmtpPort;
  reception: RecordingReception;
  spool: Spool;
  folder: string;
  problems: Error[];
}

/** Starts a port on a free loopback port; `await using` stops it. */
export async function testPort(
  options: Partial<SmtpOptions> = {},
  spoolOptions: Partial<SpoolOptions> = {},
): Promise<TestPort> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-smtp-'));
  const spool = await createSpool({ folder: join(folder, 'spool'), ...spoolOptions });
  const reception = new RecordingReception();
  const problems: Error[] = [];
  const port = await startSmtp({
    listen: ['127.0.0.1:0'],
    reception: () => reception,
    spool,
    name: 'mx.test',
    onProblem: (error) => problems.push(error),
    ...options,
  });
  return {
    address: port.addresses[0] ?? '',
    port,
    reception,
    spool,
    folder,
    problems,
    [Symbol.asyncDispose]: async () => {
      await port.drain(0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
