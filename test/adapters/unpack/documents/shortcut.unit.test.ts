import { expect, test } from 'vitest';
import { attachment, EICAR, mail } from '../../../support/mails.ts';
import { filesWith, reasons, unpack } from '../unpacked.ts';

const header = Buffer.from(`4c0000000114020000000000c000000000000046${'00'.repeat(56)}`, 'hex');
const shortcut = (command: string) => Buffer.concat([header, Buffer.from(command, 'utf16le')]);

test('a program that is encoded in the command line of a shortcut is found', async () => {
  const command = `powershell [Convert]::FromBase64String("${EICAR.toString('base64')}")`;
  const unpacked = await unpack(mail(attachment('a.lnk', shortcut(command))));
  expect(filesWith(unpacked, EICAR)).not.toEqual([]);
});

test('an ordinary shortcut is readable', async () => {
  const unpacked = await unpack(mail(attachment('a.lnk', shortcut('C:\\Windows\\notepad.exe'))));
  expect(reasons(unpacked)).toEqual([]);
});
