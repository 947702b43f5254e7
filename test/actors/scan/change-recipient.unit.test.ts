import { describe, expect, test } from 'vitest';
import { type MailCommand, NextHopUnavailable, type Reply } from '../../../src/actors/ports/mail.ts';
import { infected, scanned, verdict } from './scanned-message.ts';

const changed = verdict('change_recipient', { recipient: 'lab@example.org' });

async function system() {
  const made = await scanned({ headers: false });
  const commands: MailCommand[] = [];
  const ok: Reply = { code: 250, text: '2.0.0 Ok: queued as 4711' };
  const take = (command: MailCommand) => {
    commands.push(command);
    return ok;
  };
  made.nextHop.onMail = take;
  made.nextHop.onRcpt = take;
  made.nextHop.onData = () => ok;
  return { ...made, commands };
}

test("it goes to the other address alone, says who it was for, and the reply is the next hop's", async () => {
  const { act, nextHop } = await system();
  expect(await act(changed)).toEqual({ code: 250, text: '2.0.0 Ok: queued as 4711' });
  expect(nextHop.delivered).toEqual([
    {
      from: 'a@example.org',
      recipients: ['lab@example.org'],
      content: Buffer.concat([Buffer.from('X-Sekisho-Original-Recipients: b@example.net\r\n'), infected]),
    },
  ]);
  expect([nextHop.open, nextHop.released]).toEqual([0, 2]);
});

test('all recipients are named, in fields that no server cuts', async () => {
  const { act, work, nextHop } = await system();
  work.recipients = Array.from({ length: 120 }, (_, index) => ({ path: `user${index}@example.net`, parameters: [] }));
  await act(changed);
  const header = nextHop.delivered[0]?.content.toString().replaceAll('\r\n ', ' ').split('\r\n\r\n')[0] ?? '';
  const fields = header.match(/^X-Sekisho-Original-Recipients: (.*)$/gm) ?? [];
  expect(fields.map((field) => field.split(', ').length)).toEqual([50, 50, 20]);
  expect(fields.at(-1)).toContain('user119@example.net');
});

test('what the sender asked of delivery reports is not asked for the other address; the size is the real one', async () => {
  const { act, work, commands, nextHop } = await system();
  work.mailFrom = {
    path: 'a@example.org',
    parameters: [
      { keyword: 'size', value: '1' },
      { keyword: 'BODY', value: '8BITMIME' },
      { keyword: 'RET', value: 'FULL' },
      { keyword: 'ENVID', value: 'x' },
      { keyword: 'SMTPUTF8' },
    ],
  };
  work.recipients = [{ path: 'b@example.net', parameters: [{ keyword: 'NOTIFY', value: 'SUCCESS' }] }];
  await act(changed);
  expect(commands).toEqual([
    {
      path: 'a@example.org',
      parameters: [
        { keyword: 'BODY', value: '8BITMIME' },
        { keyword: 'SMTPUTF8' },
        { keyword: 'SIZE', value: String(nextHop.delivered[0]?.content.length) },
      ],
    },
    { path: 'lab@example.org', parameters: [{ keyword: 'NOTIFY', value: 'NEVER' }] },
  ]);
});

describe('what the next hop refuses is trouble of ours: 451, and the sender keeps the mail', () => {
  test.each([
    ['MAIL', 'onMail', 550],
    ['RCPT', 'onRcpt', 550],
    ['RCPT for now', 'onRcpt', 450],
    ['the dot', 'onData', 554],
  ] as const)('%s', async (_, step, code) => {
    const { act, nextHop, problems } = await system();
    nextHop[step] = () => ({ code, text: 'no' });
    expect(await act(changed)).toEqual({
      code: 451,
      text: '4.3.5 The virus rule cannot be carried out, try again later',
    });
    expect(problems).toEqual([`scan GUID: the next hop refuses the other recipient: ${code} no`]);
    expect([nextHop.delivered, nextHop.open]).toEqual([[], 0]);
  });

  test('no connection for the new transaction', async () => {
    const { act, nextHop } = await system();
    nextHop.onBegin = () => Promise.reject(new NextHopUnavailable('gone'));
    expect(await act(changed)).toMatchObject({ code: 451, text: expect.stringMatching(/^4\.4\.1 /) });
    expect(nextHop.open).toBe(0);
  });

  test('the connection is lost on the way', async () => {
    const { act, nextHop } = await system();
    nextHop.onData = () => Promise.reject(new NextHopUnavailable('gone'));
    expect((await act(changed)).code).toBe(451);
    expect(nextHop.open).toBe(0);
  });
});

test('a scan that is given up while the new transaction begins delivers nothing', async () => {
  const { act, nextHop, commands } = await system();
  const given = new AbortController();
  nextHop.onBegin = () => given.abort();
  expect((await act(changed, given.signal)).code).toBe(451);
  expect([nextHop.delivered, nextHop.open, commands]).toEqual([[], 0, []]);
});
