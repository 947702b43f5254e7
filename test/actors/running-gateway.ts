import { hash } from 'node:crypto';
import type { GatewayParts } from '../../src/actors/gateway.ts';
import type { MailSession, Reply } from '../../src/actors/ports/mail.ts';
import type { ScanSettings } from '../../src/actors/scan-settings.ts';
import { type ActorSystem, actorSystem } from '../support/actor-system.ts';
import { atRest } from '../support/at-rest.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import type { CallOutcome } from '../support/pending-reputation.ts';

/** A message on its way. */
export interface Sending {
  session: MailSession;
  /** The reply to the dot, once it is there. */
  reply: Reply | undefined;
}

/** A running gateway, and the steps of a client without SMTP around them. */
export interface RunningGateway extends ActorSystem {
  /** A session with one sender and one recipient accepted. */
  session(): Promise<MailSession>;
  /** Sends a message with one file; `asked` puts it into the query filter. */
  send(file: string, asked?: 'asked'): Promise<Sending>;
  /** Ends the oldest request. */
  answer(outcome: CallOutcome): Promise<void>;
  advance(ms: number): Promise<void>;
  /** Types of the events so far, or of those of one subject. */
  log(subject?: string): string[];
}

export async function runningGateway(
  settings: Partial<ScanSettings> = {},
  overrides: Partial<GatewayParts> = {},
): Promise<RunningGateway> {
  const gateway = withSteps(actorSystem(settings, overrides));
  const started = gateway.gateway.started();
  await atRest();
  while (gateway.reputation.pending.length > 0) await gateway.answer('ok');
  await started;
  return gateway;
}

/** The steps for a gateway that may not have been started. */
export function withSteps(system: ActorSystem): RunningGateway {
  let clients = 0;
  const gateway: RunningGateway = Object.assign(system, {
    async session() {
      const client = { id: `c${++clients}`, address: '192.0.2.1', port: 25, helo: 'h', xforward: new Map() };
      const session = system.gateway.reception.open(client);
      await session.mail({ path: 'a@example.org', parameters: [] }, client);
      await session.rcpt({ path: 'b@example.net', parameters: [] });
      return session;
    },
    async send(file: string, asked?: 'asked') {
      if (asked) system.filtered.add(hash('sha256', file));
      const content = mail(multipart([textPart('text'), attachment('file.bin', Buffer.from(file))]));
      const sending: Sending = { session: await gateway.session(), reply: undefined };
      const message = { size: content.length, head: async () => content, load: async () => content, dispose: () => {} };
      void sending.session.data(message).then((reply) => (sending.reply = reply));
      await atRest();
      return sending;
    },
    async answer(outcome: CallOutcome) {
      const call = system.reputation.pending[0];
      if (!call) throw new Error('no request');
      system.reputation.settle(call, outcome);
      await atRest();
    },
    advance: (ms: number) => system.clock.advance(ms, atRest),
    log: (subject?: string) =>
      system.journal
        .appended()
        .filter(({ event }) => subject === undefined || event.subject === subject)
        .map(({ event }) => event.type),
  });
  return gateway;
}
