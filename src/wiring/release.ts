import { type MailCommand, NextHopUnavailable, type QuarantineEntry, type Reply } from '../actors/ports/mail.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { nextHop } from './next-hop.ts';

/** Delivers a message out of quarantine, unscanned, to the next hop. Throws with the reply unless all recipients are taken. */
export async function releaseFromQuarantine(
  settings: Settings,
  entry: QuarantineEntry,
  content: readonly Uint8Array[],
): Promise<void> {
  const hop = nextHop(settings, () => undefined);
  try {
    const transaction = await hop.begin({ id: entry.id, port: 0, xforward: new Map(), ...entry.client });
    try {
      accepted('MAIL', await transaction.mail(entry.mailFrom));
      for (const recipient of entry.recipients) accepted(named(recipient), await transaction.rcpt(recipient));
      accepted('message', await transaction.data(content));
    } finally {
      transaction.release();
    }
  } finally {
    await hop.close();
  }
}

const named = ({ path }: MailCommand) => `recipient ${path}`;

function accepted(what: string, { code, text }: Reply): void {
  if (code >= 300) throw new NextHopUnavailable(`${what}: ${code} ${text}`);
}
