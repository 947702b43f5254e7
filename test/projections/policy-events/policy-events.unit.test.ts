import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { ambiguityReasons, type Verdict } from '../../../src/events/scan.ts';
import type { LogEntry } from '../../../src/projections/log-entries/entry.ts';
import { policyEvents } from '../../../src/projections/policy-events/policy-events.ts';
import { eventsOf, foldAll } from '../../support/fold.ts';

const entries = (events: readonly Envelope[]) =>
  [...(foldAll(policyEvents, events).entries?.values() ?? [])] as unknown as LogEntry[];
const texts = (events: readonly Envelope[]) => entries(events).map(({ message }) => message);

const eicar = { path: ['invoice.zip', 'eicar.com'], name: 'Eicar-Test-Signature', sha256: 'a'.repeat(64) };
const verdict = (changes: Partial<Verdict> = {}): Verdict => ({
  ...{ verdict: 'malware', method: 'smart', action: 'delete_attachment', unscannable: [], removed: [1], unasked: [] },
  malware: [{ ...eicar, place: 'attachment', part: 1, by: 'server' }],
  ...{ components: {}, servers: ['sps.example:443'], fileCount: 2 },
  ...changes,
});
const message = {
  ...{ mailFrom: 'a@example.org', recipients: ['b@example.net', 'c@example.net'], recipientCount: 2 },
  ...{ messageId: 'm1@example.org', queueId: '4X', subject: 'invoice' },
};
const queued = { code: 250, text: '2.0.0 Ok: queued as 4X' };
const subject = 'scan/0B8A1C5E-6F0D-4F0B-9D7E-3C9C5F0E2A11';

describe('the log of policy events', () => {
  const event = eventsOf();
  const answered = (changes: Partial<Verdict> = {}, reply = queued, more = message) =>
    event('scan.answered', subject, { state: 'Answered', verdict: verdict(changes), reply, message: more });

  test('malware: its name, the file, the action, and the message', () => {
    expect(texts([answered()])).toEqual([
      {
        ja: 'invoice.zip/eicar.com でマルウェア Eicar-Test-Signature を検出しました。処理: 添付ファイルを削除、送信者: <a@example.org>、受信者: <b@example.net>, <c@example.net>、メッセージID: <m1@example.org>',
        en: 'Malware Eicar-Test-Signature was found in invoice.zip/eicar.com. Action: attachment deleted; from: <a@example.org>; to: <b@example.net>, <c@example.net>; message id: <m1@example.org>',
      },
    ]);
  });

  test('malware that a server knew: whose answer it was, and what it rests on; logs of before 0.5.0 do not say it', () => {
    const given = { server: 'sps.example:443', patternId: 'main', patternVersion: '8-bb', source: 'malwarebazaar' };
    const [found] = texts([
      answered({ malware: [{ ...eicar, place: 'attachment', part: 1, by: 'server', ...given }] }),
    ]);
    expect(found?.en).toMatch(
      'was found in invoice.zip/eicar.com (server sps.example:443, pattern main 8-bb, source malwarebazaar). Action',
    );
    expect(found?.ja).toMatch(
      'を検出しました (スマートスキャンサーバ sps.example:443, パターン main 8-bb, 情報源 malwarebazaar)。処理',
    );
  });

  test('an entry has what the log query looks for', () => {
    expect(entries([answered()])).toEqual([
      expect.objectContaining({
        ...{ type: 'policy', level: 'warning', subject, messageId: 'm1@example.org', servers: ['sps.example:443'] },
        data: expect.objectContaining({ reply: queued }),
      }),
    ]);
    expect(entries([answered({ servers: ['cache'] }, queued, { ...message, messageId: '' })])[0]).not.toHaveProperty(
      'servers',
    );
  });

  test('the verdict stands until there is an answer: a gateway that ends in between has found it all the same', () => {
    const first = event('scan.verdict', subject, { state: 'Verdict', verdict: verdict() });
    expect(texts([first])[0]?.en).toBe(
      'Malware Eicar-Test-Signature was found in invoice.zip/eicar.com. Action: attachment deleted',
    );
    expect(entries([first, answered()])).toEqual(
      entries([answered()]).map((each) => ({ ...each, id: expect.any(String), time: expect.any(String) })),
    );
    // What 0.1.0 and 0.2.0 wrote: the answer says nothing of the verdict.
    const old = event('scan.answered', subject, { state: 'Answered', reply: queued });
    expect(texts([first, old])).toEqual(texts([first]));
  });

  test('a rule of the policy: its name and files, also where nothing was found', () => {
    const ruleFiles = [{ path: ['a.zip', 'x.exe'], place: 'attachment' as const, part: 1 }];
    const ruled = { verdict: 'clean', malware: [], action: 'quarantine', rule: 'programs' } as const;
    expect(texts([answered({ ...ruled, ruleFiles })])[0]).toEqual({
      ja: expect.stringMatching(/^a\.zip\/x\.exe にルール programs を適用しました。処理: 隔離/),
      en: expect.stringMatching(/^Rule programs applies to a\.zip\/x\.exe\. Action: quarantined/),
    });
    expect(texts([answered({ rule: 'to-the-boss' })])[0]?.en).toMatch(
      /^Malware .*; Rule to-the-boss applies to the message\. /,
    );
    expect(texts([answered({ ...ruled, action: 'pass' })])).toEqual([]);
    expect(texts([answered({ ...ruled, action: 'pass', also: ['archive'] })])).toHaveLength(1);
  });

  test('clean mail leaves nothing', () => {
    const clean = { verdict: 'clean', malware: [], action: 'pass' } as const;
    expect(entries([event('scan.verdict', subject, { verdict: verdict(clean) }), answered(clean)])).toEqual([]);
    expect(entries([event('scan.answered', subject, { reply: queued })])).toEqual([]);
  });

  test('what could not be scanned, and why', () => {
    const unscannable = [
      { reason: 'encrypted', path: ['a.zip'] },
      { reason: 'encrypted', path: ['b.zip'] },
      { reason: 'refused', path: [] },
    ];
    const [said] = texts([
      answered({ verdict: 'unscannable', malware: [], unscannable, action: 'tag', also: ['tag_subject'] }),
    ]);
    expect(said?.ja).toMatch(
      /^a\.zip, b\.zip を検索できませんでした \(暗号化\)、メッセージ を検索できませんでした \(サーバによる照会の拒否\)。処理: タグを挿入・件名にタグを挿入、/,
    );
    expect(said?.en).toMatch(
      /^a\.zip, b\.zip could not be scanned \(encrypted\); The message could not be scanned \(the server refused the query\)\. Action: tagged, subject tagged;/,
    );
  });

  test('what programs read differently, and why', () => {
    const ambiguous = ambiguityReasons.map((reason) => ({ reason, path: ['a.zip'] }));
    for (const one of ambiguous) {
      const [said] = texts([answered({ verdict: 'ambiguous', malware: [], ambiguous: [one], action: 'quarantine' })]);
      expect(said?.ja).toMatch(/^a\.zip の解釈がメールソフトにより異なります \([^)]+\)。処理: 隔離、/);
      expect(said?.en).toMatch(/^a\.zip is read differently by different programs \([^)]+\)\. Action: quarantined;/);
      expect(said?.en).not.toContain(one.reason);
    }
  });

  test('many findings and recipients are counted', () => {
    const malware = Array.from({ length: 40 }, (_, index) => ({
      ...({ ...eicar, path: [`f${index}`], place: 'attachment', by: 'agent' } as const),
      name: `M${index % 8}`,
    }));
    const recipients = Array.from({ length: 50 }, (_, index) => `r${index}@example.net`);
    const [said] = texts([answered({ malware }, queued, { ...message, recipients, recipientCount: 700 })]);
    expect(said?.en).toContain('Malware M0 was found in f0, f8, f16 and 2 more; ');
    expect(said?.en).toContain('; 5 more of other kinds. Action');
    expect(said?.en).toContain('to: <r0@example.net>, <r1@example.net>, <r2@example.net> and 697 more; message');
    expect(said?.ja).toContain('<r2@example.net> ほか697件、');
    expect(said?.en.length).toBeLessThan(400);
  });

  test('a rule that could not be carried out', () => {
    const [said] = texts([answered({}, { code: 451, text: '4.4.1 Next hop not available, try again later' })]);
    expect(said?.en).toContain('; not carried out (451 4.4.1 Next hop not available, try again later);');
    expect(
      texts([answered({ action: 'reject' }, { code: 550, text: '5.7.1 Message refused: malware' })])[0]?.en,
    ).not.toContain('not carried out');
  });

  test('a message that was deferred by us, with the name of the failure (D4), beside what was found in it before', () => {
    const trigger = {
      type: 'xstate.error.actor.ask',
      error: { message: 'query failed: timeout', servers: ['a:443', 'b:443'] },
    };
    const deferral = event('scan.deferred', subject, { reply: null, failure: 'timeout', message, trigger });
    expect(texts([deferral])).toEqual([
      {
        ja: 'メッセージの受信を一時的に拒否しました (451 Email rejected for a scanning error.)。理由: ICRC_QUERY_ERR_NETWORK_TIMEOUT、送信者: <a@example.org>、受信者: <b@example.net>, <c@example.net>、メッセージID: <m1@example.org>',
        en: 'Message deferred (451 Email rejected for a scanning error.). Reason: ICRC_QUERY_ERR_NETWORK_TIMEOUT; from: <a@example.org>; to: <b@example.net>, <c@example.net>; message id: <m1@example.org>',
      },
    ]);
    expect(entries([deferral])[0]?.servers).toEqual(['a:443', 'b:443']);
    expect(entries([answered(), deferral])).toHaveLength(2);
    const reply = { code: 451, text: 'Scanner not ready: agent pattern' };
    expect(texts([event('scan.deferred', subject, { reply, failure: null })])[0]?.en).toBe(
      'Message deferred (451 Scanner not ready: agent pattern).',
    );
    const late = event('scan.deferred', subject, { reply: null, trigger: { type: 'xstate.after.messageTime.scan' } });
    expect(texts([late])[0]?.en).toBe(
      'Message deferred (451 Email rejected for a scanning error.). Reason: it took too long',
    );
  });
});
