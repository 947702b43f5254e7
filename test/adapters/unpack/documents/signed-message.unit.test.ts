import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attachment, EICAR, mail, multipart } from '../../../support/mails.ts';
import { filesWith, reasons, unpack } from '../unpacked.ts';

const folder = mkdtempSync(join(tmpdir(), 'sekisho-cms-'));
const openssl = (...options: readonly string[]) =>
  execFileSync('openssl', options, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });

beforeAll(() => {
  writeFileSync(join(folder, 'mail'), mail(multipart([attachment('a.exe', EICAR)])));
  openssl(...'req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 2 -subj /CN=sender'.split(' '));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A message of the command `openssl cms`, as an attached file. */
const scan = (options: string) =>
  unpack(
    mail(attachment('smime.p7m', openssl('cms', ...options.split(' '), '-binary', '-in', 'mail', '-outform', 'DER'))),
  );
const SIGNER = '-signer certificate -inkey key';

describe('S/MIME by openssl', () => {
  test.each([`-sign -nodetach ${SIGNER}`, `-sign -nodetach -stream ${SIGNER}`])(
    '%s: the mail within is read',
    async (options) => {
      const unpacked = await scan(options);
      expect(filesWith(unpacked, EICAR).map((file) => file.path.at(-1))).toContain('a.exe');
      expect(reasons(unpacked)).toEqual([]);
    },
  );

  test('a signature of something outside holds nothing', async () => {
    const unpacked = await scan(`-sign ${SIGNER}`);
    expect(unpacked.files.map((file) => file.path.join('/'))).toEqual(['message', 'smime.p7m']);
    expect(reasons(unpacked)).toEqual([]);
  });

  test.each(['-encrypt certificate', '-encrypt -aes-128-gcm certificate'])('%s: encrypted', async (options) => {
    const [command, ...rest] = options.split(' ');
    const unpacked = await unpack(
      mail(attachment('smime.p7m', openssl('cms', command ?? '', '-in', 'mail', '-outform', 'DER', ...rest))),
    );
    expect(reasons(unpacked)).toEqual(['encrypted']);
  });
});
