import { createHash } from 'node:crypto';
import { eicarTestFile } from '../../adapters/components/eicar.ts';
import { zipOf } from './zip.ts';

/** The mails of the demo. All is fixed text, so that every run is the same. */
export interface DemoMail {
  subject: string;
  content: Buffer;
}

/** Files that only the demo's own Smart Protection Server knows as malware: whoever meets one must ask it. */
export const servedMalwareCount = 16;

/** Malware name that the server gives them. */
export const servedMalwareName = 'Demo.Malware-1';

function servedMalware(number: number): Buffer {
  return Buffer.from(`This file is harmless. The server of the demo calls it malware, number ${number}.\n`);
}

/** What `sekisho sps import` takes: ClamAV's .hsb format. */
export function servedMalwareSignatures(): string {
  const numbers = Array.from({ length: servedMalwareCount }, (_, index) => index + 1);
  const lines = numbers.map((number) => {
    const content = servedMalware(number);
    return `${createHash('sha256').update(content).digest('hex')}:${content.length}:${servedMalwareName}\n`;
  });
  return lines.join('');
}

/** A mail without anything in it. */
export function cleanMail(): DemoMail {
  return mail('lunch?', 'Are you free at noon?');
}

/** The test file that the agent pattern knows, attached as it is. */
export function eicarMail(): DemoMail {
  return mail('your order', 'See attachment.', { name: 'order.com', content: eicarTestFile() });
}

/** The same, one level deeper. */
export function zippedEicarMail(): DemoMail {
  const zip = zipOf('inside.com', eicarTestFile());
  return mail('your order, packed', 'See attachment.', { name: 'order.zip', content: zip });
}

/** A mail that cannot be judged without the server. @param number 1 to `servedMalwareCount`; each has a file of its own */
export function askingMail(number: number): DemoMail {
  return mail(`invoice ${number}`, 'Please pay.', { name: `invoice-${number}.pdf`, content: servedMalware(number) });
}

function mail(subject: string, text: string, attached?: { name: string; content: Buffer }): DemoMail {
  const boundary = 'demo-boundary';
  const attachment = attached && [
    `--${boundary}`,
    `Content-Type: application/octet-stream; name="${attached.name}"`,
    `Content-Disposition: attachment; filename="${attached.name}"`,
    'Content-Transfer-Encoding: base64',
    '',
    ...(attached.content.toString('base64').match(/.{1,76}/g) ?? []),
  ];
  const lines = [
    'From: Alice <alice@example.org>',
    'To: Bob <bob@example.net>',
    `Subject: ${subject}`,
    'Date: Tue, 24 Nov 2026 02:00:00 +0000',
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    ...(attachment ?? []),
    `--${boundary}--`,
    '',
  ];
  return { subject, content: Buffer.from(lines.join('\r\n')) };
}
