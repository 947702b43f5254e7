import { expect, test } from 'vitest';
import { oddMails } from '../../support/odd-mails.ts';
import { unpack } from './unpacked.ts';

test.each(Object.entries(oddMails))('ordinary odd mail is not ambiguous: %s', async (_name, message) => {
  const { ambiguous } = await unpack(message);
  expect(ambiguous).toEqual([]);
});
