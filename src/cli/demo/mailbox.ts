import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The Maildir that the gateway delivers into: what the recipient gets. */
export interface Mailbox {
  /** Mails delivered so far. */
  count(): Promise<number>;
  /** The delivered mail with this subject; undefined when there is none. */
  find(subject: string): Promise<string | undefined>;
}

export function openMailbox(folder: string): Mailbox {
  const names = () => readdir(join(folder, 'new')).catch(() => [] as string[]);
  return {
    count: async () => (await names()).length,
    async find(subject) {
      const mails = await Promise.all((await names()).map((name) => readFile(join(folder, 'new', name), 'utf8')));
      return mails.find((mail) => mail.includes(`\r\nSubject: ${subject}\r\n`));
    },
  };
}
