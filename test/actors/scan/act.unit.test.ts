import { describe, expect, test } from 'vitest';
import type { Epoch } from '../../../src/actors/epoch.ts';
import { NextHopUnavailable, type QuarantineEntry, type Reply } from '../../../src/actors/ports/mail.ts';
import { act } from '../../../src/actors/scan/act.ts';
import type { Work } from '../../../src/actors/scan/work.ts';
import type { ScanSettings } from '../../../src/actors/scan-settings.ts';
import { createRewriter } from '../../../src/adapters/rewrite/rewriter.ts';
import { createUnpacker } from '../../../src/adapters/unpack/unpacker.ts';
import type { Action, MalwareFact, Verdict } from '../../../src/events/scan.ts';
import { testSettings } from '../../support/actor-system.ts';
import { attachment, mail, multipart, textPart } from '../../support/mails.ts';
import { RecordingNextHop } from '../../support/recording-next-hop.ts';

const content = mail(
  multipart([textPart('body'), attachment('bad.exe', Buffer.from('BAD')), attachment('good.txt', Buffer.from('GOOD'))]),
  {
    subject: 'offer',
  },
);
const malware: MalwareFact = {
  path: ['bad.exe'],
  name: 'Test.Bad',
  sha256: '00',
  place: 'attachment',
  part: 1,
  by: 'agent',
};

function verdict(action: Action, changes: Partial<Verdict> = {}): Verdict {
  return {
    verdict: 'malware',
    method: 'smart',
    action,
    malware: [malware],
    unscannable: [],
    removed: [],
    unasked: [],
    components: {},
    servers: [],
    fileCount: 2,
    ...changes,
  };
}

/** A scanned message, about to be acted on. */
async function scanned(settings: Partial<ScanSettings> = {}) {
  const nextHop = new RecordingNextHop();
  const transaction = await nextHop.begin({ id: 'c', address: '192.0.2.1', port: 1, helo: 'h', xforward: new Map() });
  await transaction.mail({ path: 'a@example.org', parameters: [] });
  await transaction.rcpt({ path: 'b@example.net', parameters: [] });
  const all = testSettings(settings);
  const unpacked = await createUnpacker().unpack(content, all.limits, new AbortController().signal);
  const work: Work = {
    guid: 'GUID',
    epoch: { settings: all } as Epoch,
    client: { id: 'c', address: '192.0.2.1', port: 1, helo: 'h', xforward: new Map() },
    mailFrom: { path: 'a@example.org', parameters: [] },
    recipients: [{ path: 'b@example.net', parameters: [] }],
    message: { size: content.length, head: async () => content, load: async () => content, dispose: () => {} },
    transaction,
    content,
    unpacked,
  };
  const stored: { entry: QuarantineEntry; content: Buffer }[] = [];
  const archived: { folder: string; entry: QuarantineEntry; content: Buffer }[] = [];
  const problems: string[] = [];
  const parts = {
    rewriter: createRewriter(),
    quarantine: {
      store: async (entry: QuarantineEntry, pieces: readonly Uint8Array[]) =>
        void stored.push({ entry, content: Buffer.concat(pieces) }),
    },
    archive: (folder: string) => ({
      store: async (entry: QuarantineEntry, pieces: readonly Uint8Array[]) =>
        void archived.push({ folder, entry, content: Buffer.concat(pieces) }),
    }),
    nextHop,
    now: () => Date.UTC(2026, 10, 24),
    onProblem: (problem: string) => void problems.push(problem),
  };
  const { signal } = new AbortController();
  return {
    ...{ nextHop, work, stored, archived, problems, parts },
    act: (what: Verdict, until = signal): Promise<Reply> => act(parts, work, what, until),
  };
}

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
    const unpacked = await createUnpacker().unpack(
      Buffer.from(delivered),
      system.work.epoch.settings.limits,
      new AbortController().signal,
    );
    const files = unpacked.files.map(({ readings }) => Buffer.from(readings[0] ?? []).toString());
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

describe('trouble of ours is 4xx, never 5xx and never a pass (invariant 3)', () => {
  test('next hop gone: 451 4.4.1', async () => {
    const system = await scanned();
    system.nextHop.onData = () => Promise.reject(new NextHopUnavailable('gone'));
    expect((await system.act(verdict('pass'))).text).toMatch(/^4\.4\.1 /);
    expect(system.problems).toEqual(['scan GUID: pass failed']);
  });

  test('quarantine not writable: 451 4.3.0', async () => {
    const system = await scanned();
    system.parts.quarantine.store = () => Promise.reject(new Error('disk full'));
    expect(await system.act(verdict('quarantine'))).toEqual({
      code: 451,
      text: '4.3.0 Local trouble, try again later',
    });
  });

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
    expect(await system.act(verdict('pass'))).toEqual({ code: 554, text: '5.7.1 no' });
  });
});
