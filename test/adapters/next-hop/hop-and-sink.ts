import { afterEach, expect } from 'vitest';
import { type ClientInfo, type MailCommand, type NextHop, NextHopUnavailable } from '../../../src/actors/ports/mail.ts';
import { createNextHop } from '../../../src/adapters/next-hop/next-hop.ts';
import type { SmtpNextHopOptions } from '../../../src/adapters/next-hop/smtp-next-hop.ts';
import { type SinkVerb, type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../../support/smtp-sink.ts';

export const client: ClientInfo = {
  id: 's1',
  address: '127.0.0.1',
  port: 4711,
  helo: 'client.example',
  xforward: new Map(),
};
export const from: MailCommand = { path: 'a@example.org', parameters: [] };
export const to: MailCommand = { path: 'b@example.org', parameters: [] };
export const content = [Buffer.from('Subject: x\r\n\r\nText\r\n')];

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

export async function startSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await startSmtpSink(options);
  opened.push(sink);
  return sink;
}

export function hopTo(url: string, options: Partial<SmtpNextHopOptions> = {}): NextHop {
  const hop = createNextHop(url, {
    connectionsMax: 4,
    connectTimeoutMs: 5000,
    commandTimeoutMs: 5000,
    dataTimeoutMs: 5000,
    idleMs: 5000,
    heloName: 'gateway.example',
    ...options,
  });
  opened.push(hop);
  return hop;
}

/** The whole of a transaction; the reply to the dot. */
export async function send(hop: NextHop, chunks: readonly Uint8Array[] = content, who = client) {
  const transaction = await hop.begin(who);
  try {
    expect((await transaction.mail(from)).code).toBe(250);
    expect((await transaction.rcpt(to)).code).toBe(250);
    return await transaction.data(chunks);
  } finally {
    transaction.release();
  }
}

/** What the method throws, which must be `NextHopUnavailable`. */
export async function unavailable(action: Promise<unknown>): Promise<string> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NextHopUnavailable);
  return (error as Error).message;
}

/** Every point of a transaction, and how errors name it. */
export const phases: [verb: SinkVerb, phase: string][] = [
  ['connect', 'greeting'],
  ['EHLO', 'EHLO'],
  ['MAIL', 'MAIL'],
  ['RCPT', 'RCPT'],
  ['DATA', 'DATA'],
  ['content', 'content'],
  ['.', 'content'],
];
