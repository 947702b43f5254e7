import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { attachment, EICAR, mail, multipart, textPart } from '../support/mails.ts';
import { Lab, type LabGateway, type LabSps } from '../support/processes.ts';
import { SmtpClient } from '../support/smtp-client.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const infected = mail(multipart([textPart('x'), attachment('eicar.com', EICAR)]), { subject: 'offer' });
const person = 'somebody@example.org';

let lab: Lab;
let sink: SmtpSink;
let sps: LabSps;
let gateway: LabGateway;
const start = async () => {
  gateway = await lab.gateway({ 'next_hop.url': sink.url, 'smart_scan.servers': `https://127.0.0.1:${sps.port}` });
};
beforeAll(async () => {
  lab = new Lab();
  sink = await startSmtpSink();
  sink.script = ({ verb, line }) =>
    verb === 'RCPT' && line.includes('unknown') ? '550 <unknown@example.net>: no' : undefined;
  sps = await lab.sps(await freePort());
  lab.writeIni('[virus_rule]\nmalware_action = quarantine\n');
  await start();
});
afterAll(async () => {
  await lab.close();
  await sink.close();
});

async function send(from: string, to: readonly string[]): Promise<void> {
  await using client = await SmtpClient.connect(gateway.address);
  expect(
    (
      await client.send(
        infected,
        `<${from}>`,
        to.map((each) => `<${each}>`),
      )
    ).code,
  ).toBe(250);
}
const shown = async (...argv: string[]) => (await lab.command(...argv)).stdout;
const everything = async () =>
  [
    await shown('events', '--format', 'json'),
    await shown('track', person, '--format', 'json'),
    ...(await Promise.all(
      ['system', 'policy', 'tracking', 'audit'].map((type) =>
        shown('logs', 'query', '--type', type, '--format', 'json'),
      ),
    )),
  ].join('\n');

/** Files of the state folder in which a text stands, whatever it means there. */
function filesWith(text: string): string[] {
  const state = join(lab.folder, 'state');
  return readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map((entry) => join(entry.parentPath, entry.name).slice(state.length + 1));
}

test('one person goes from journal and views while the gateway runs; others stay, and the audit log has no name', async () => {
  await send(person, ['b@example.net', 'c@example.net']);
  await send('a@example.org', [person.toUpperCase(), 'b@example.net']);
  await send('a@example.org', ['b@example.net']);
  expect((await everything()).toLowerCase().split(person).length).toBeGreaterThan(5);
  const { code, stdout, stderr } = await lab.command('privacy', 'erase', person);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^journal: erased from [1-9]\d* events$/m);
  expect(stdout).toMatch(/^view messages: [1-9]\d* rows$/m);
  expect(stdout).toMatch(/^view policy-events: [1-9]\d* rows$/m);
  expect(stdout).toMatch(/^quarantine: 2 messages from or to it stay/m);

  const after = await everything();
  expect(after.toLowerCase().includes(person)).toBe(false);
  expect(after).toMatch(/b@example\.net/);
  expect(after).toMatch(/"mailFrom":"erased","recipients":\["b@example\.net","c@example\.net"\]/);
  const audit = await shown('logs', 'query', '--type', 'audit', '--lang', 'en');
  expect(audit).toMatch(/Erasure of personal data has begun/);
  expect(audit).toMatch(/Erasure of personal data is done/);
  // A rebuild from the log does not bring it back.
  expect((await lab.command('projections', 'rebuild', '--all')).code).toBe(0);
  expect((await everything()).toLowerCase().includes(person)).toBe(false);
});

test('the next time there is nothing; what comes later is another matter', async () => {
  expect(await shown('privacy', 'erase', person)).toMatch(/^journal: erased from 0 events$/m);
  await send(person, ['b@example.net']);
  expect((await everything()).includes(person)).toBe(true);
});

test('while no gateway runs; then nothing of it is left in the files but what is in quarantine', async () => {
  expect((await gateway.stop()).code).toBe(0);
  const { code, stdout } = await lab.command('privacy', 'erase', person);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^journal: erased from [1-9]\d* events$/m);
  expect((await everything()).includes(person)).toBe(false);
  expect(filesWith(person).filter((file) => !file.startsWith('quarantine/'))).toEqual([]);
  await start();
  await send('a@example.org', ['b@example.net']);
  expect((await everything()).includes(person)).toBe(false);
});

test('what is no address is refused', async () => {
  expect(await lab.command('privacy', 'erase', 'example')).toMatchObject({
    code: 64,
    stderr: expect.stringMatching(/must be a mail address/),
  });
});
