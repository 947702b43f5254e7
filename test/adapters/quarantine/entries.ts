import type { QuarantineEntry } from '../../../src/actors/ports/mail.ts';

/** An entry to store. */
export function entryOf(id: string, changes: Partial<QuarantineEntry> = {}): QuarantineEntry {
  return {
    id,
    time: '2026-03-01T12:00:00.000Z',
    mailFrom: { path: 'a@example.org', parameters: [{ keyword: 'SMTPUTF8' }, { keyword: 'ENVID', value: 'x+2By' }] },
    recipients: [{ path: 'b@example.org', parameters: [] }],
    client: { address: '192.0.2.7', helo: 'mx.example' },
    size: 100_000,
    reason: 'malware: Eicar-Test-Signature',
    files: ['invoice.zip/eicar.com'],
    subject: 'Invoice',
    ...changes,
  };
}

/** Content that tells its id at both ends, so that a part of it is told from the whole. */
export function contentOf(id: string): Buffer {
  return Buffer.from(`X-Id: ${id}\r\n\r\n${'x'.repeat(100_000)}\r\n${id}\r\n`);
}
