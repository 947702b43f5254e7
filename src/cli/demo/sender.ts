import type { Reply } from '../../actors/ports/mail.ts';
import { createNextHop } from '../../adapters/next-hop/next-hop.ts';
import type { DemoMail } from './mails.ts';

/** The sending MTA of the demo: one SMTP connection to the gateway. */
export interface Sender {
  /** Sends a mail; resolves with the replies, the last of which is the one to the final dot. */
  send(mail: DemoMail): Promise<readonly (readonly [command: string, reply: Reply])[]>;
  close(): Promise<void>;
}

/** The client of the next hop is an SMTP client like any other. @param address host:port of the gateway */
export function createSender(address: string): Sender {
  const gateway = createNextHop(`smtp://${address}`, {
    connectionsMax: 1,
    connectTimeoutMs: 10_000,
    commandTimeoutMs: 10_000,
    dataTimeoutMs: 30_000,
    idleMs: 60_000,
    heloName: 'mta.example.org',
  });
  const client = { id: 'demo', address: '127.0.0.1', port: 0, helo: 'mta.example.org', xforward: new Map() };
  return {
    async send({ content }) {
      const transaction = await gateway.begin(client);
      try {
        const from = await transaction.mail({ path: 'alice@example.org', parameters: [] });
        const to = await transaction.rcpt({ path: 'bob@example.net', parameters: [] });
        const dot = await transaction.data([content]);
        return [
          ['MAIL FROM:<alice@example.org>', from],
          ['RCPT TO:<bob@example.net>', to],
          ['DATA, the mail, final dot', dot],
        ];
      } finally {
        transaction.release();
      }
    },
    close: () => gateway.close(),
  };
}
