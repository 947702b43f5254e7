import { setTimeout as wait } from 'node:timers/promises';
import { mail } from '../../support/mails.ts';
import { SmtpClient } from '../../support/smtp-client.ts';

/** What the clients know of their mails. */
export interface Sent {
  accepted: string[];
  /** Its final dot went out, and no answer came. */
  unsure: Set<string>;
  /** Told in plain words to try again later (4xx), or the gateway was not there. */
  refused: number;
}

/** Clients that send without end, each mail with a serial of its own, once; a dead gateway is tried again. */
export interface Senders {
  sent: Sent;
  /** Lets each client finish its mail. */
  stop(): Promise<void>;
}

/** Before the next mail after one that did not work. */
const restMs = 50;

/** @param address of the gateway, asked for each mail; @param sessions clients at the same time */
export function startSenders(address: () => string, sessions: number): Senders {
  const sent: Sent = { accepted: [], unsure: new Set(), refused: 0 };
  let serial = 0;
  let stopped = false;
  const work = async () => {
    while (!stopped) {
      const outcome = await sendOne(address(), String(++serial), sent).catch(() => 'refused' as const);
      if (outcome === 'refused') {
        sent.refused++;
        await wait(restMs);
      }
    }
  };
  const working = Promise.all(Array.from({ length: sessions }, work));
  return {
    sent,
    async stop() {
      stopped = true;
      await working;
    },
  };
}

async function sendOne(address: string, serial: string, sent: Sent): Promise<'settled' | 'refused'> {
  await using client = await SmtpClient.connect(address);
  await client.script(
    ['EHLO client.example', 250],
    ['MAIL FROM:<a@example.org>', 250],
    ['RCPT TO:<b@example.net>', 250],
    ['DATA', 354],
  );
  sent.unsure.add(serial);
  await client.raw(mail({ headers: [], body: Buffer.from(`serial ${serial}\r\n`) }, { subject: `chaos ${serial}` }));
  const { code } = await client.command('.');
  sent.unsure.delete(serial);
  if (code === 250) sent.accepted.push(serial);
  return code === 250 ? 'settled' : 'refused';
}

/** Serial of a mail as the next hop has it. */
export function serialOf(content: Buffer): string {
  return /^Subject: chaos (\d+)\r$/m.exec(content.toString('latin1'))?.[1] ?? '';
}
