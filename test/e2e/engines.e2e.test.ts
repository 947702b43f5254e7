import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { ScanFacts } from '../../src/projections/policy-events/facts.ts';
import { freePort } from '../support/free-port.ts';
import { attachment, mail, multipart, textPart } from '../support/mails.ts';
import { Lab } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

test('what sps import takes is found by a gateway: a sample within a file, and what a YARA rule says', async () => {
  const sink = await startSmtpSink();
  opened.push(() => sink.close());
  const lab = new Lab({ 'next_hop.url': `smtp://127.0.0.1:${sink.port}` });
  opened.push(() => lab.close());
  const sample = randomBytes(2000);
  writeFileSync(join(lab.folder, 'worm.exe'), sample);
  writeFileSync(join(lab.folder, 'mine.yar'), 'rule Needle { strings: $a = "needle in hay" condition: $a }');
  const imported = await lab.command('sps', 'import', '--agent', '--sample', '--name', 'Win.Worm', 'worm.exe');
  expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining('new in the agent pattern') });
  expect(await lab.command('sps', 'import', '--agent', 'mine.yar')).toMatchObject({ code: 0 });
  const sps = await freePort();
  await lab.sps(sps);
  const source = `https://127.0.0.1:${sps}`;
  const gateway = await lab.gateway({ 'smart_scan.servers': source, 'update.url': source });
  const log = lab.follow();
  const around = Buffer.concat([Buffer.from('before'), sample, Buffer.from('after')]);
  await using client = await SmtpClient.connect(gateway.address);
  const content = mail(
    multipart([
      textPart('Hello.'),
      attachment('carrier.bin', around),
      attachment('notes.txt', Buffer.from('a needle in hay')),
    ]),
  );
  expect((await client.send(content, '<a@example.org>', ['<b@example.net>'])).code).toBe(250);
  const { verdict } = (await log.until('scan.verdict')).data as unknown as ScanFacts;
  expect(verdict?.malware.map(({ path, name, by }) => [path.at(-1), name, by])).toEqual([
    ['carrier.bin', 'Win.Worm', 'agent'],
    ['notes.txt', 'YARA.Needle', 'agent'],
  ]);
  expect(verdict?.components).toMatchObject({ agentRules: 1, conventionalRules: 1 });
  const [delivered] = sink.messages;
  expect(delivered?.content.includes('Hello.')).toBe(true);
  expect(delivered?.content.includes(around.toString('base64').slice(0, 60))).toBe(false);
});
