import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { attachment, mail } from '../../support/mails.ts';
import { pythonMails } from '../../support/python-email.ts';
import { sha256, unpack } from './unpacked.ts';

/** Samples that others made for their own scanners. */

/** Each holds the same harmless program. */
const clamav = '/usr/share/clamav-testfiles';
const CLAM_EXE = '71e7b604d18aefd839e51a39c88df8383bb4c071dc31f87f00a2b5df580d4495';
const packer =
  'the program is stored as instructions that write it when they run; only running or emulating them gives it back';
const autoIt = 'a script compiled by AutoIt, in a stream of its own encryption';
const installShield = 'a setup of InstallShield, whose archive has no description and is encoded by its name';

/** What is not found in its container, and why. Its own hash can be known, as that of any file. */
const notFound: Readonly<Record<string, string>> = {
  'clam-aspack.exe': packer,
  'clam-fsg.exe': packer,
  'clam-mew.exe': packer,
  'clam-pespin.exe': packer,
  'clam-petite.exe': packer,
  'clam-upack.exe': packer,
  'clam-upx.exe': packer,
  'clam-wwpack.exe': packer,
  'clam-yc.exe': packer,
  'clam.ea05.exe': autoIt,
  'clam.ea06.exe': autoIt,
  'clam_IScab_ext.exe': installShield,
  'clam_IScab_int.exe': installShield,
  'clam_ISmsi_ext.exe': installShield,
  'clam_ISmsi_int.exe': installShield,
};

const missing = !existsSync(clamav);
if (missing) console.warn('SKIPPED: the samples of ClamAV. apt-get install -y clamav-testfiles');

describe.skipIf(missing)('the samples of ClamAV, by the one hash of the program that they all hold', () => {
  const names = missing ? [] : readdirSync(clamav).sort();

  test.each(names)('%s', async (name) => {
    const { files, unscannable } = await unpack(mail(attachment(name, readFileSync(join(clamav, name)))));
    const found = files.some(({ readings }) => readings.some((reading) => sha256(reading) === CLAM_EXE));
    // What is found now is taken from the list.
    expect(found, notFound[name]).toBe(notFound[name] === undefined);
    expect(unscannable.map(({ reason }) => reason)).not.toContain('crashed');
  });

  test('29 of 44', () => {
    expect(names).toHaveLength(44);
    expect(names.filter((name) => notFound[name] === undefined)).toHaveLength(29);
  });
});

const folder = pythonMails();
if (folder === undefined) console.warn('SKIPPED: the mails of Python. apt-get install -y libpython3.11-testsuite');

describe.skipIf(folder === undefined)(
  "none of the mails of Python's own tests is called unscannable without a reason",
  () => {
    /** The content is elsewhere (message/external-body), so nobody can say what it will be. */
    const expected: Readonly<Record<string, readonly string[]>> = { 'msg_36.txt': ['external'] };
    const names = folder === undefined ? [] : readdirSync(folder);

    test.each(names)('%s, with either line end', async (name) => {
      const sample = readFileSync(join(folder ?? '', name));
      const asOnTheWire = Buffer.from(sample.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
      for (const message of [sample, asOnTheWire]) {
        const { unscannable } = await unpack(message);
        expect([...new Set(unscannable.map(({ reason }) => reason))]).toEqual(expected[name] ?? []);
      }
    });
  },
);
