import { readFile } from 'node:fs/promises';
import { type JournalText, type Publisher, PublishFailure } from '../../actors/ports/relay.ts';
import { openTransport, type SyslogTarget, type Transport } from './transport.ts';

/**
 * What was written so long before a connection broke is written again: TCP does not say what the server has read of it. So a
 * server that fails may get a line twice, but none is lost.
 */
const againMs = 5000;

export interface SyslogPublisherOptions {
  target: SyslogTarget;
  /** PEM file of authorities to trust for TLS; read at each connect. */
  caFile?: string;
  /** The messages that events make; `sent` is called once they are. The same events may be given again when they were not. */
  messagesOf: (events: readonly JournalText[]) => { messages: readonly Buffer[]; sent: () => void };
  /** ms of a clock that nobody sets. */
  steadyMs: () => number;
}

/** Sends the log as lines to a syslog server. */
export function createSyslogPublisher(options: SyslogPublisherOptions): Publisher {
  const { target, caFile, messagesOf, steadyMs } = options;
  let transport: Transport | undefined;
  let recent: { atMs: number; messages: readonly Buffer[] }[] = [];
  let isBroken = false;

  /** What is older than that was read, unless the connection has broken meanwhile. */
  const passRecent = () => {
    if (!isBroken) recent = recent.filter(({ atMs }) => atMs >= steadyMs() - againMs);
  };

  async function open(): Promise<void> {
    const opened = await openTransport(target, caFile === undefined ? undefined : await readFile(caFile));
    transport = opened;
    isBroken = false;
    void opened.broken.then(() => {
      passRecent();
      isBroken = transport === opened;
    });
  }

  async function send(messages: readonly Buffer[]): Promise<void> {
    if (messages.length === 0) return;
    if (transport === undefined) throw new Error('not connected');
    await transport.send(messages);
  }

  return {
    async connect() {
      await failing(async () => {
        await open();
        await send(recent.flatMap(({ messages }) => messages));
      });
    },
    async publish(events) {
      const { messages, sent } = messagesOf(events);
      passRecent();
      await failing(() => send(messages));
      if (messages.length > 0) recent.push({ atMs: steadyMs(), messages });
      sent();
      return [];
    },
    async disconnect() {
      await transport?.close();
      transport = undefined;
    },
  };
}

/** Somebody must look at a certificate; anything else may end by itself. */
async function failing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const isRefused = /CERT|SIGNATURE|ISSUER|^ERR_TLS|^ERR_SSL|^ENOENT$|^EACCES$/.test(code);
    throw new PublishFailure(isRefused ? 'refused' : 'away', message, { cause: error });
  }
}
