import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attachment, mail, multipart } from '../../../support/mails.ts';
import { filesWith, reasons, unpack } from '../unpacked.ts';

const folder = join(import.meta.dirname, '../../../fixtures/archives');
const payload = readFileSync(join(folder, 'payload.bin'));

/** What cannot be read, and why; all others hold the payload, and nothing is wrong with them. */
const UNREADABLE: Record<string, string[]> = {
  'aes.zip': ['encrypted'],
  'encrypted.zip': ['encrypted'],
  'encrypted.7z': ['encrypted'],
  'encrypted-names.7z': ['encrypted'],
  // 7-Zip does not know the encryption of ARJ.
  'encrypted.arj': ['unsupported'],
  'volumes.7z.001': ['damaged'],
};
const NOT_ARCHIVES = ['make.sh', 'README.md', 'payload.bin', 'volumes.7z.002'];

const names = readdirSync(folder).filter((name) => !NOT_ARCHIVES.includes(name));
const inMail = (content: Buffer) => unpack(mail(multipart([attachment('file', content)])));

describe('archives made by the real tools', () => {
  test.each(names.filter((name) => !(name in UNREADABLE)))('%s: the payload is found', async (name) => {
    const unpacked = await inMail(readFileSync(join(folder, name)));
    expect(reasons(unpacked)).toEqual([]);
    expect(filesWith(unpacked, payload).length).toBeGreaterThan(0);
  });

  test.each(Object.entries(UNREADABLE))('%s is unscannable: %s', async (name, why) => {
    expect(reasons(await inMail(readFileSync(join(folder, name))))).toEqual(why);
  });
});
