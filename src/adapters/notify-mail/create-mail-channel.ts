import { createTransport } from 'nodemailer';
import { type NotificationChannel, NotificationFailure } from '../../actors/ports/notifications.ts';
import { printable } from '../../events/printable.ts';
import { composeMail } from './compose.ts';
import { mailFailure } from './mail-failure.ts';

export interface MailChannelOptions {
  relay: { host: string; port: number };
  /** Address of the sender in the header. */
  from: string;
  /** The administrators. */
  to: readonly string[];
  /** What we call ourselves in EHLO. */
  helo: string;
  timeouts?: { connectMs: number; greetingMs: number; replyMs: number };
}

/** A relay that has something to do may be slow; an attempt must end within a minute. */
const usualTimeouts = { connectMs: 10_000, greetingMs: 10_000, replyMs: 20_000 };

/** What may stand between the angle brackets of RCPT: one address, and nothing that ends a line or a path. */
const oneAddress = /^[^\s<>"(),:;\\\p{C}]+@[^\s<>"(),:;\\@\p{C}]+$/u;

/** Mail through a relay, one connection for each. TLS when the relay offers it, by whatever certificate it has, as MTAs do. */
export function createMailChannel({ relay, from, to, helo, ...more }: MailChannelOptions): NotificationChannel {
  const { connectMs, greetingMs, replyMs } = more.timeouts ?? usualTimeouts;
  const transport = createTransport({
    ...relay,
    name: helo,
    secure: false,
    opportunisticTLS: true,
    tls: { rejectUnauthorized: false },
    connectionTimeout: connectMs,
    dnsTimeout: connectMs,
    greetingTimeout: greetingMs,
    socketTimeout: replyMs,
    socketCloseTimeout: 0,
  });
  return {
    name: 'mail',
    targets: to,
    async send(order, signal) {
      if (!oneAddress.test(order.target)) throw new NotificationFailure('permanent', 'it is no mail address');
      try {
        const { response } = await transport.sendMail({ ...composeMail(order, from), signal });
        return printable(response).slice(0, 200);
      } catch (error) {
        throw mailFailure(error);
      }
    },
    async close() {
      transport.close();
    },
  };
}
