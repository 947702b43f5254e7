import { describe, expect, test } from 'vitest';
import { trackLines } from '../../src/cli/track-lines.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { isWanted } from '../../src/events/wanted.ts';
import { messages } from '../../src/projections/messages/messages.ts';
import { queryMessages } from '../../src/projections/messages/query.ts';
import { answered, asking, deferred, scanBegun, viewOf } from '../projections/messages/scans.ts';
import { eventsOf, foldAll } from '../support/fold.ts';

const guid = (number: number) => `0F3C1D2E-0000-4000-8000-00000000000${number}`;

function linesOf(language: 'ja' | 'en', events: readonly Envelope[]): string[] {
  const view = viewOf(
    foldAll(
      messages,
      events.filter((event) => isWanted(messages, event)),
    ),
  );
  const [message] = queryMessages(view, { limit: 1 });
  if (message === undefined) throw new Error('no message');
  return trackLines(message, language);
}

function twoTries(changes: Record<string, unknown> = {}): Envelope[] {
  const make = eventsOf();
  const queued = { queueId: '4VwX3y2sQmz1', ...changes };
  const later = { receivedMs: 1_800_000_006_000 };
  const first = [...asking(make, scanBegun(guid(1), queued)), ...deferred(make, guid(1))];
  const timed = (event: Envelope, index: number) => ({ ...event, data: { ...event.data, elapsedMs: index } });
  return [
    ...first,
    ...[...asking(make, scanBegun(guid(2), { ...queued, ...later })), ...answered(make, guid(2))].map(timed),
  ];
}

describe('the way of a message', () => {
  test('in English', () => {
    expect(`\n${linesOf('en', twoTries()).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Message-ID    m1@example.org
      queue id      4VwX3y2sQmz1
      from          <A@example.org>
      to            <b@example.net>
      subject       invoice
      outcome       delivered; came twice, deferred once, from 2027-01-15T08:00:00.000Z to 2027-01-15T08:00:11.000Z

      1/2  deferred  0F3C1D2E-0000-4000-8000-000000000001  /sekisho/gateway/mx.example
        2027-01-15T08:00:00.000Z  received    from mx.example.org [192.0.2.1] HELO mx, 569 bytes
        2027-01-15T08:00:01.000Z  unpacked    1 file, 1 hash to ask about
                                              invoice.exe (74 bytes, attachment)
                                                aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa asked about
                                                bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        2027-01-15T08:00:04.000Z  no answer   sps:443: timeout
        2027-01-15T08:00:05.000Z  reply       451 Email rejected for a scanning error. (timeout)

      2/2  delivered  0F3C1D2E-0000-4000-8000-000000000002  /sekisho/gateway/mx.example
        2027-01-15T08:00:06.000Z  received    from mx.example.org [192.0.2.1] HELO mx, 569 bytes
        2027-01-15T08:00:06.000Z  unpacked    1 file, 1 hash to ask about +0 ms
                                              invoice.exe (74 bytes, attachment)
                                                aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa asked about
                                                bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        2027-01-15T08:00:09.000Z  verdict     malware (smart scan) +3 ms
                                              answered by sps:443 (pattern 7)
                                              invoice.exe: Test.Malware-1 (server)
                                              action: attachment deleted
        2027-01-15T08:00:11.000Z  next hop    250 2.0.0 Ok: queued as 4X +5 ms
      "
    `);
  });

  test('in Japanese', () => {
    expect(`\n${linesOf('ja', twoTries()).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      メッセージID  m1@example.org
      キューID      4VwX3y2sQmz1
      送信者        <A@example.org>
      受信者        <b@example.net>
      件名          invoice
      結果          配信、2回受信、うち1回一時拒否、2027-01-15T08:00:00.000Zから2027-01-15T08:00:11.000Zまで

      1/2  一時拒否  0F3C1D2E-0000-4000-8000-000000000001  /sekisho/gateway/mx.example
        2027-01-15T08:00:00.000Z  受信        mx.example.org [192.0.2.1] HELO mx、569バイト
        2027-01-15T08:00:01.000Z  展開        1ファイル、照会が必要なハッシュ1件
                                              invoice.exe (74バイト、attachment)
                                                aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 照会対象
                                                bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        2027-01-15T08:00:04.000Z  応答なし    sps:443: timeout
        2027-01-15T08:00:05.000Z  応答        451 Email rejected for a scanning error. (timeout)

      2/2  配信  0F3C1D2E-0000-4000-8000-000000000002  /sekisho/gateway/mx.example
        2027-01-15T08:00:06.000Z  受信        mx.example.org [192.0.2.1] HELO mx、569バイト
        2027-01-15T08:00:06.000Z  展開        1ファイル、照会が必要なハッシュ1件 +0 ms
                                              invoice.exe (74バイト、attachment)
                                                aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 照会対象
                                                bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        2027-01-15T08:00:09.000Z  判定        マルウェア (スマートスキャン) +3 ms
                                              応答: sps:443 (パターン 7)
                                              invoice.exe: Test.Malware-1 (スマートスキャンサーバ)
                                              処理: 添付ファイルを削除
        2027-01-15T08:00:11.000Z  次のホップ  250 2.0.0 Ok: queued as 4X +5 ms
      "
    `);
  });

  test('what came with the mail cannot write on the terminal, nor turn its letters round', () => {
    const bad = '\u001b[31m\u202efdp.exe\r\n250 ok';
    const names = { subject: bad, messageId: bad, mailFrom: bad, recipients: [bad], clientName: bad, helo: bad };
    const shown = linesOf('en', twoTries({ ...names, queueId: bad }));
    expect(shown.join('')).not.toMatch(/\p{C}/u);
    expect(shown.join('\n')).toContain('\\u{1b}[31m\\u{202e}fdp.exe\\u{d}\\u{a}250 ok');
  });

  test('a scan that goes on, of a sender without a name', () => {
    const make = eventsOf();
    const nameless = { mailFrom: '', messageId: null, clientName: null, helo: null, subject: null };
    const lines = linesOf('en', asking(make, scanBegun(guid(1), nameless)));
    expect(lines).toEqual(
      expect.arrayContaining([
        'Message-ID    -',
        'from          <>',
        expect.stringMatching(/^outcome {7}unfinished; came once, deferred 0 times/),
        expect.stringMatching(/received {4}from \[192\.0\.2\.1\], 569 bytes$/),
      ]),
    );
  });

  test('lists are bounded, and say so', () => {
    const many = Array.from({ length: 50 }, (_, index) => `r${index}@example.net`);
    const lines = linesOf('en', twoTries({ recipients: many, recipientCount: 60 }));
    expect(lines.find((line) => line.startsWith('to '))).toMatch(/<r9@example\.net> \+50$/);
  });
});
