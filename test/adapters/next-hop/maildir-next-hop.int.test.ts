import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ClientInfo, type NextHop, NextHopUnavailable } from '../../../src/actors/ports/mail.ts';
import { createMaildirNextHop } from '../../../src/adapters/next-hop/maildir-next-hop.ts';

const client: ClientInfo = { id: 's1', address: '127.0.0.1', port: 4711, helo: 'client.example', xforward: new Map() };
let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'maildir-'));
  folder = join(root, 'state', 'mail');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function send(hop: NextHop, content: string | Buffer, recipients = ['b@example.org']) {
  const transaction = await hop.begin(client);
  expect(
    (await transaction.mail({ path: 'a@example.org', parameters: [{ keyword: 'BODY', value: '8BITMIME' }] })).code,
  ).toBe(250);
  for (const path of recipients) expect((await transaction.rcpt({ path, parameters: [] })).code).toBe(250);
  const reply = await transaction.data([Buffer.from(content)]);
  transaction.release();
  return reply;
}

test('a message becomes one file in new, private, with the envelope on top and the rest byte for byte', async () => {
  const content = Buffer.from('Subject: x\r\n\r\n.\r\n\xff\0\n', 'latin1');
  const reply = await send(createMaildirNextHop({ folder }), content, ['b@example.org', 'jörg@xn--bcher-kva.example']);
  const names = await readdir(join(folder, 'new'));
  expect(reply).toEqual({ code: 250, text: `2.0.0 Ok: stored as ${names[0]}` });
  const header =
    'Return-Path: <a@example.org>\r\nDelivered-To: b@example.org\r\nDelivered-To: jörg@xn--bcher-kva.example\r\n';
  expect(await readFile(join(folder, 'new', names[0] ?? ''))).toEqual(Buffer.concat([Buffer.from(header), content]));
  expect((await stat(join(folder, 'new', names[0] ?? ''))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  expect(await readdir(join(folder, 'cur'))).toEqual([]);
});

test('many at once keep apart, and a reader of new never sees a part of one', async () => {
  const hop = createMaildirNextHop({ folder });
  await send(hop, 'first\r\n');
  const body = 'x'.repeat(300_000);
  let isSending = true;
  const reading = (async () => {
    let looked = 0;
    for (; isSending || looked === 0; looked++) {
      for (const name of await readdir(join(folder, 'new'))) {
        const text = await readFile(join(folder, 'new', name), 'latin1');
        if (!text.endsWith('first\r\n')) expect(text.endsWith(`${body}\r\nend\r\n`)).toBe(true);
      }
    }
  })();
  await Promise.all(Array.from({ length: 20 }, () => send(hop, `${body}\r\nend\r\n`)));
  isSending = false;
  await reading;
  expect((await readdir(join(folder, 'new'))).length).toBe(21);
});

test('a folder that cannot be made or written is NextHopUnavailable; when it can, mail goes on', async () => {
  await writeFile(join(root, 'state'), 'a file in the way');
  const hop = createMaildirNextHop({ folder });
  const error = await send(hop, 'x\r\n').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NextHopUnavailable);
  expect((error as Error).message).toMatch(new RegExp(`^maildir ${folder}: E`));
  await rm(join(root, 'state'));
  expect((await send(hop, 'x\r\n')).code).toBe(250);
  await rm(folder, { recursive: true });
  await expect(send(hop, 'x\r\n')).rejects.toThrow(NextHopUnavailable);
  expect((await send(hop, 'x\r\n')).code).toBe(250);
});

test.skipIf(process.getuid?.() === 0)(
  'a read-only folder is NextHopUnavailable, and nothing is left in tmp',
  async () => {
    const hop = createMaildirNextHop({ folder });
    await send(hop, 'x\r\n');
    await chmod(join(folder, 'new'), 0o500);
    await expect(send(hop, 'x\r\n')).rejects.toThrow(NextHopUnavailable);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    await chmod(join(folder, 'new'), 0o700);
  },
);

test('commands out of order get 503, and a path cannot bring in a header', async () => {
  const transaction = await createMaildirNextHop({ folder }).begin(client);
  expect((await transaction.rcpt({ path: 'b@x', parameters: [] })).code).toBe(503);
  expect((await transaction.data([])).code).toBe(503);
  expect((await transaction.mail({ path: 'a@x>\r\nX-Evil: yes', parameters: [] })).code).toBe(501);
  expect((await transaction.mail({ path: '', parameters: [] })).code).toBe(250);
  expect((await transaction.data([])).code).toBe(503);
});
