import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  type MailCommand,
  type NextHop,
  type NextHopTransaction,
  NextHopUnavailable,
  type Reply,
} from '../../actors/ports/mail.ts';
import { makeFolder, replaceFile } from '../files/durable-file.ts';
import { envelopeLine } from './envelope-line.ts';

export interface MaildirOptions {
  /** The Maildir; made when missing, with `tmp`, `new` and `cur`. */
  folder: string;
}

const everyExtension = new Map([
  ['SMTPUTF8', ''],
  ['8BITMIME', ''],
  ['SIZE', ''],
  ['DSN', ''],
]);

/** Unique over processes and machines that share the folder (https://cr.yp.to/proto/maildir.html). */
function uniqueName(size: number): string {
  const host = hostname().replaceAll('/', '\\057').replaceAll(':', '\\072');
  return `${Math.floor(Date.now() / 1000)}.P${process.pid}R${randomBytes(8).toString('hex')}.${host},S=${size}`;
}

function header(from: MailCommand, recipients: readonly MailCommand[]): Buffer {
  const lines = [`Return-Path: <${from.path}>`, ...recipients.map(({ path }) => `Delivered-To: ${path}`)];
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
}

/**
 * A Maildir as the end of the way: for trials, and for handing mail to a program that reads one. One file for each message, whatever
 * the number of recipients: `Return-Path`, one `Delivered-To` for each recipient, then the message unchanged (CRLF line ends).
 * 250 means that file and folder are synced.
 */
export function createMaildirNextHop({ folder }: MaildirOptions): NextHop {
  let made: Promise<unknown> | undefined;

  async function store(content: readonly Uint8Array[]): Promise<string> {
    const name = uniqueName(content.reduce((sum, chunk) => sum + chunk.length, 0));
    try {
      made ??= Promise.all(['tmp', 'new', 'cur'].map((part) => makeFolder(join(folder, part))));
      await made;
      await replaceFile(join(folder, 'new', name), join(folder, 'tmp', name), content);
      return name;
    } catch (error) {
      made = undefined;
      throw new NextHopUnavailable(`maildir ${folder}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  function begin(): NextHopTransaction {
    let from: MailCommand | undefined;
    let recipients: MailCommand[] = [];

    function accept(verb: 'MAIL FROM' | 'RCPT TO', command: MailCommand, text: string, take: () => void): Reply {
      const line = envelopeLine(verb, command, everyExtension);
      if (typeof line !== 'string') return line;
      take();
      return { code: 250, text };
    }

    return {
      mail: async (command) =>
        accept('MAIL FROM', command, '2.1.0 Ok', () => {
          from = command;
          recipients = [];
        }),
      rcpt: async (command) => {
        if (!from) return { code: 503, text: '5.5.1 MAIL first' };
        return accept('RCPT TO', command, '2.1.5 Ok', () => recipients.push(command));
      },
      async data(content) {
        if (!from || recipients.length === 0) return { code: 503, text: '5.5.1 MAIL and RCPT first' };
        const name = await store([header(from, recipients), ...content]);
        from = undefined;
        return { code: 250, text: `2.0.0 Ok: stored as ${name}` };
      },
      release() {},
    };
  }

  return { begin: async () => begin(), close: async () => {} };
}
