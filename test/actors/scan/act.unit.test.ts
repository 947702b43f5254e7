import { describe, expect, test } from 'vitest';
import { NextHopUnavailable } from '../../../src/actors/ports/mail.ts';
import { QuarantineFull } from '../../../src/actors/ports/quarantine-room.ts';
import { unpack } from '../../adapters/unpack/unpacked.ts';
import { attachment, mail, multipart, textPart } from '../../support/mails.ts';
import { infected as content, scanned, verdict } from './scanned-message.ts';

describe('each action', () => {
  test("pass: byte for byte with one header field on top, and the reply is the next hop's", async () => {
    const system = await scanned();
    system.nextHop.onData = () => ({ code: 250, text: '2.0.0 Ok: queued as 4711' });
    const reply = await system.act(verdict('pass', { verdict: 'clean', malware: [] }));
    expect(reply).toEqual({ code: 250, text: '2.0.0 Ok: queued as 4711' });
    const delivered = system.nextHop.delivered[0]?.content.toString();
    expect(delivered).toBe(`X-Sekisho: clean; method=smart; scan=GUID\r\n${content}`);
  });

  test('pass without header fields: byte for byte', async () => {
    const system = await scanned({ headers: false });
    await system.act(verdict('pass', { verdict: 'clean', malware: [] }));
    expect(system.nextHop.delivered[0]?.content.equals(content)).toBe(true);
  });

  test('tag: a field of its own, whatever the setting of the others', async () => {
    const system = await scanned({ headers: false, tag: 'infected' });
    await system.act(verdict('tag'));
    expect(system.nextHop.delivered[0]?.content.toString()).toBe(`X-Sekisho-Tag: infected\r\n${content}`);
  });

  test('delete_attachment: that part is replaced by a text that says why; the rest goes on', async () => {
    const system = await scanned();
    expect((await system.act(verdict('delete_attachment', { removed: [1] }))).code).toBe(250);
    const delivered = system.nextHop.delivered[0]?.content.toString() ?? '';
    const files = await filesOf(Buffer.from(delivered));
    expect(
      files.some((each) => each.includes('The attachment "bad.exe" was removed') && each.includes('Test.Bad')),
    ).toBe(true);
    expect(files).toContain('GOOD');
    expect(files).not.toContain('BAD');
  });

  test('quarantine: stored whole, nothing goes to the next hop, 250 names the id', async () => {
    const system = await scanned();
    const reply = await system.act(verdict('quarantine'));
    expect(reply).toEqual({ code: 250, text: '2.0.0 Ok: quarantined as GUID' });
    expect(system.nextHop.delivered).toEqual([]);
    expect(system.stored[0]?.content.equals(content)).toBe(true);
    expect(system.stored[0]?.entry).toMatchObject({
      id: 'GUID',
      time: '2026-11-24T00:00:00.000Z',
      reason: 'malware: Test.Bad',
      files: ['bad.exe'],
      subject: 'offer',
      recipients: [{ path: 'b@example.net' }],
    });
  });

  test('quarantine of what could not be read says why', async () => {
    const system = await scanned();
    const unscannable = [
      { reason: 'damaged', path: ['x.zip'] },
      { reason: 'encrypted', path: ['y.zip'] },
    ];
    await system.act(verdict('quarantine', { verdict: 'unscannable', malware: [], unscannable }));
    expect(system.stored[0]?.entry.reason).toBe('unscannable: damaged, encrypted');
  });

  test('quarantine of what is ambiguous says why, and what else could not be read', async () => {
    const system = await scanned();
    const ambiguous = [
      { reason: 'hidden-part' as const, path: ['part-2'] },
      { reason: 'hidden-part' as const, path: ['part-3'] },
    ];
    const unscannable = [{ reason: 'encrypted', path: ['y.zip'] }];
    await system.act(verdict('quarantine', { verdict: 'ambiguous', malware: [], ambiguous, unscannable }));
    expect(system.stored[0]?.entry).toMatchObject({
      reason: 'ambiguous: hidden-part; unscannable: encrypted',
      files: ['part-2', 'part-3', 'y.zip'],
    });
  });

  test('X-Sekisho of ambiguous mail that is delivered has the reasons', async () => {
    const system = await scanned();
    const ambiguous = [{ reason: 'nul-bytes' as const, path: [] }];
    await system.act(verdict('tag', { verdict: 'ambiguous', malware: [], ambiguous }));
    expect(system.nextHop.delivered[0]?.content.toString()).toMatch(/^X-Sekisho: ambiguous \(nul-bytes\); method=/);
  });

  test('delete_message: 250, and nobody gets it', async () => {
    const system = await scanned();
    expect((await system.act(verdict('delete_message'))).code).toBe(250);
    expect([system.nextHop.delivered, system.stored]).toEqual([[], []]);
  });

  test('reject: 550, and nobody gets it', async () => {
    const system = await scanned();
    expect(await system.act(verdict('reject'))).toEqual({ code: 550, text: '5.7.1 Message refused: malware' });
    expect([system.nextHop.delivered, system.stored]).toEqual([[], []]);
  });
});

const filesOf = async (message: Buffer) => {
  const { files } = await unpack(message);
  return files.map(({ readings }) => Buffer.from(readings[0] ?? []).toString());
};

describe('what is done besides', () => {
  test('delete_all_attachments: each is replaced by a text in both languages, the body stays', async () => {
    const system = await scanned();
    await system.act(verdict('delete_all_attachments', { removed: [1, 2] }));
    const files = await filesOf(system.nextHop.delivered[0]?.content ?? Buffer.alloc(0));
    expect(files).toContain('body');
    expect(files).not.toContain('GOOD');
    for (const name of ['bad.exe', 'good.txt']) {
      const notice = files.find((text) => text.startsWith(`The attachment "${name}" was removed`)) ?? '';
      expect(notice).toContain('malware was found in this message: Test.Bad');
      expect(notice).toContain(`添付ファイル「${name}」はメールゲートウェイによって削除されました。`);
    }
  });

  test('tag_subject and add_header: on what is delivered, and nowhere else', async () => {
    const system = await scanned({ headers: false, addedHeader: ['X-Virus', 'found'] });
    await system.act(verdict('pass', { also: ['tag_subject', 'add_header'] }));
    const expected = `X-Virus: found\r\n${content.toString().replace('Subject: ', 'Subject: [VIRUS] ')}`;
    expect(system.nextHop.delivered[0]?.content.toString()).toBe(expected);
  });

  test('tag_subject beside delete_attachment', async () => {
    const system = await scanned();
    await system.act(verdict('delete_attachment', { removed: [1], also: ['tag_subject'] }));
    const text = system.nextHop.delivered[0]?.content.toString();
    expect(text).toContain('Subject: [VIRUS] offer\r\n');
    expect(text).not.toContain(Buffer.from('BAD').toString('base64'));
  });

  test('archive: a copy as it was received, before anything else', async () => {
    const system = await scanned({ archiveFolder: '/archive' });
    system.nextHop.onData = () => {
      expect(system.archived).toHaveLength(1);
      return { code: 250, text: '2.0.0 Ok' };
    };
    const reply = await system.act(verdict('delete_attachment', { removed: [1], also: ['archive'] }));
    expect(reply).toEqual({ code: 250, text: '2.0.0 Ok' });
    expect(system.archived[0]?.content).toEqual(content);
    expect(system.archived[0]).toMatchObject({
      folder: '/archive',
      entry: { id: 'GUID', reason: 'malware: Test.Bad' },
    });
  });

  test.each(['delete_message', 'reject', 'quarantine'] as const)('archive beside %s', async (action) => {
    const system = await scanned({ archiveFolder: '/archive' });
    await system.act(verdict(action, { also: ['archive'] }));
    expect(system.archived).toHaveLength(1);
  });
});

describe('a signed message', () => {
  const signed = mail(
    multipart(
      [
        multipart([textPart('body'), attachment('bad.exe', Buffer.from('BAD'))]),
        attachment('smime.p7s', Buffer.from('S')),
      ],
      {
        subtype: 'signed',
      },
    ),
  );

  test('from which something was removed says that its signature is broken', async () => {
    const system = await scanned({}, signed);
    await system.act(verdict('delete_attachment', { removed: [1] }));
    const message = system.nextHop.delivered[0]?.content ?? Buffer.alloc(0);
    expect(message.toString().replaceAll('\r\n ', ' ')).toMatch(/^X-Sekisho: malware;[^\r]*; signature=broken\r\n/);
    expect((await filesOf(message)).join()).toContain('its signature no longer verifies');
  });

  test('of which nothing was removed says nothing', async () => {
    const system = await scanned({}, signed);
    await system.act(verdict('tag'));
    expect(system.nextHop.delivered[0]?.content.toString()).not.toContain('broken');
  });
});

test('a name that came with the mail cannot turn or hide the text of the notice', async () => {
  const system = await scanned({}, mail(multipart([textPart('b'), attachment('a\u202Eexe.txt', Buffer.from('BAD'))])));
  await system.act(verdict('delete_attachment', { removed: [1] }));
  const files = await filesOf(system.nextHop.delivered[0]?.content ?? Buffer.alloc(0));
  expect(files.join()).toContain('"a\\u{202e}exe.txt"');
});

describe('trouble of ours is 4xx, never 5xx and never a pass (invariant 3)', () => {
  test('next hop gone: 451 4.4.1', async () => {
    const system = await scanned();
    system.nextHop.onData = () => Promise.reject(new NextHopUnavailable('gone'));
    expect((await system.act(verdict('pass'))).text).toMatch(/^4\.4\.1 /);
    expect(system.problems).toEqual(['scan GUID: pass failed']);
  });

  test('quarantine full: 452, and nothing is lost: the sender keeps it', async () => {
    const system = await scanned();
    system.parts.quarantine.store = () => Promise.reject(new QuarantineFull(1000));
    expect(await system.act(verdict('quarantine'))).toEqual({
      code: 452,
      text: '4.3.1 Insufficient system storage: the quarantine is full',
    });
  });

  test('archive full: 452, and the message is not deleted, as there is no copy', async () => {
    const system = await scanned({ archiveFolder: '/archive' });
    system.parts.archive = () => ({ store: () => Promise.reject(new QuarantineFull(1000, 'archive')) });
    const also = { also: ['archive'] } as const;
    expect(await system.act({ ...verdict('delete_message'), ...also })).toEqual({
      code: 452,
      text: '4.3.1 Insufficient system storage: the archive is full',
    });
    expect(system.problems).toEqual([]);
  });

  test('quarantine not writable: 451 4.3.0', async () => {
    const system = await scanned();
    system.parts.quarantine.store = () => Promise.reject(new Error('disk full'));
    expect(await system.act(verdict('quarantine'))).toEqual({
      code: 451,
      text: '4.3.0 Local trouble, try again later',
    });
  });

  test.each(['delete_attachment', 'quarantine', 'delete_message', 'reject'] as const)(
    'archive not writable: 451 4.3.0, and %s is not begun',
    async (action) => {
      const system = await scanned({ archiveFolder: '/archive' });
      system.parts.archive = () => ({ store: () => Promise.reject(new Error('disk full')) });
      expect(await system.act(verdict(action, { also: ['archive'] }))).toMatchObject({ code: 451 });
      expect([system.nextHop.delivered, system.stored]).toEqual([[], []]);
    },
  );

  test('a defect in rewriting: 451, and the message is not delivered unchanged', async () => {
    const system = await scanned();
    system.parts.rewriter = {
      ...system.parts.rewriter,
      remove: () => {
        throw new Error('defect');
      },
    };
    expect((await system.act(verdict('delete_attachment', { removed: [1] }))).code).toBe(451);
    expect(system.nextHop.delivered).toEqual([]);
  });

  test('what the next hop refuses is its own reply', async () => {
    const system = await scanned();
    system.nextHop.onData = () => ({ code: 554, text: '5.7.1 no' });
    expect(await system.act(verdict('pass'))).toEqual({ code: 554, text: '5.7.1 no', by: 'next-hop' });
  });
});
