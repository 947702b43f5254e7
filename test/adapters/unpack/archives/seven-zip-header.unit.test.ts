import { expect, test } from 'vitest';
import { attachment, mail } from '../../../support/mails.ts';
import { reasons, unpack } from '../unpacked.ts';

/** `7z a -px -mhe=on h.7z h.txt`. */
const ENCRYPTED_NAMES = Buffer.from(
  [
    'N3q8ryccAARzI2bhgAAAAAAAAAAuAAAAAAAAALXD5QK3dzOiWqpmlLv6CmjxzG4N5T9PROARQ87bwlnshU8pZ81mRRhZhzLK',
    '/EdPy0PDjqceDAAIMgdYMC3vXuL8SUl3OeCrwKJusbiZ9S1wvaC6sIR8ssTf9/1bfCCFiV1sidm4ZbbSfwNUqXWPFONQkyRV',
    '2t7og55puFhyCQHRu2JQthcGEAEJcAAHCwEAASQG8QcBElMPV8QkTw0XprvLe82byk4I2gxiCgEzJEw6AAA=',
  ].join(''),
  'base64',
);

test('an archive whose names are encrypted is encrypted, and not damaged', async () => {
  expect(reasons(await unpack(mail(attachment('a.7z', ENCRYPTED_NAMES))))).toEqual(['encrypted']);
});

test('one that is cut off is damaged', async () => {
  expect(reasons(await unpack(mail(attachment('a.7z', ENCRYPTED_NAMES.subarray(0, 150)))))).toEqual(['damaged']);
});
