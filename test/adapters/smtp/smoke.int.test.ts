import { expect, test } from 'vitest';
import { SmtpClient } from '../../support/smtp-client.ts';
import { testPort } from './recording-reception.ts';

test('a message goes through', async () => {
  await using at = await testPort();
  await using client = await SmtpClient.connect(at.address);
  const reply = await client.send('Subject: x\r\n\r\n..dot\r\nbare\nlf\rcr\r\n');
  expect(reply).toMatchObject({ code: 250, text: 'OK queued' });
  expect(at.reception.contents[0]?.toString()).toBe('Subject: x\r\n\r\n.dot\r\nbare\nlf\rcr\r\n');
  await client.script(['QUIT', 221]);
  await client.closed();
  expect(at.reception.calls).toEqual(['open', 'mail', 'rcpt', 'data', 'close']);
  expect(at.spool.memoryBytes()).toBe(0);
});
