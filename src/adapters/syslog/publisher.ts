import { readFile } from 'node:fs/promises';
import { type JournalText, type Publisher, PublishFailure } from '../../actors/ports/relay.ts';
import { openTransport, type SyslogTarget, type Transport } from './transport.ts';

/**
 * What was written so long before a connection broke, or before this program did, is written again: nobody says what the server
 * has read of it. So a server that fails may get a line twice, but none is lost.
 */
const settleMs = 5000;

/** The messages of one batch of events. */
export interface SyslogBatch {
  messages: readonly Buffer[];
  /** They are written: the next events follow. */
  sent(): void;
  /** They are taken for read: even a new program need not write them again. Called in the order of the batches. */
  settled(): void;
}

export interface SyslogPublisherOptions {
  target: SyslogTarget;
  /** PEM file of authorities to trust for TLS; read at each connect. */
  caFile?: string;
  /** The messages that events make. The same events may be given again when they were not sent. */
  batchOf: (events: readonly JournalText[]) => SyslogBatch;
  /** ms of a clock that nobody sets. */
  steadyMs: () => number;
}

/** Sends the log as lines to a syslog server. */
export function createSyslogPublisher({ target, caFile, batchOf, steadyMs }: SyslogPublisherOptions): Publisher {
  let transport: Transport | undefined;
  /** Nothing is settled while there is no way, or while what was written before is written again. */
  let maySettle = false;
  /** Written and not settled yet, oldest first. */
  let recent: { atMs: number; batch: SyslogBatch }[] = [];

  /** What is older is taken for read, unless the connection has broken meanwhile. */
  function settle(untilMs: number): void {
    if (!maySettle) return;
    const old = recent.filter(({ atMs }) => atMs <= untilMs);
    recent = recent.slice(old.length);
    for (const { batch } of old) batch.settled();
  }
  const settleOld = () => settle(steadyMs() - settleMs);

  async function open(): Promise<Transport> {
    const opened = await openTransport(target, caFile === undefined ? undefined : await readFile(caFile));
    transport = opened;
    void opened.broken.then(() => {
      if (transport !== opened) return;
      settleOld();
      maySettle = false;
      transport = undefined;
    });
    return opened;
  }

  async function send(messages: readonly Buffer[]): Promise<void> {
    if (transport === undefined) throw new Error('the connection is broken');
    if (messages.length > 0) await transport.send(messages);
  }

  /** At the end of a quiet time, too: nothing else comes then that would settle it. */
  function written(batch: SyslogBatch): void {
    recent.push({ atMs: steadyMs(), batch });
    setTimeout(settleOld, settleMs + 1).unref();
  }

  return {
    async connect() {
      maySettle = false;
      const again = recent.map(({ batch }) => batch);
      const opened = await failing(async () => {
        const way = await open();
        await send(again.flatMap(({ messages }) => messages));
        return way;
      });
      recent = [];
      for (const batch of again) written(batch);
      maySettle = transport === opened;
    },
    async publish(events) {
      settleOld();
      const batch = batchOf(events);
      await failing(() => send(batch.messages));
      written(batch);
      batch.sent();
      return [];
    },
    async disconnect() {
      const last = transport;
      transport = undefined;
      await last?.close();
      settle(Number.POSITIVE_INFINITY);
      maySettle = false;
    },
  };
}

/** Somebody must look at a certificate; anything else may end by itself. */
async function failing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const isRefused = /CERT|SIGNATURE|ISSUER|^ERR_TLS|^ERR_SSL|^ENOENT$|^EACCES$/.test(code);
    throw new PublishFailure(isRefused ? 'refused' : 'away', message, { cause: error });
  }
}
