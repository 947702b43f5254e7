import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTexts } from '../../../src/adapters/notify-templates/create-texts.ts';
import { loadTemplates, tokensOf } from '../../../src/adapters/notify-templates/load-templates.ts';
import { SettingsError } from '../../../src/adapters/settings/settings-error.ts';
import { type Notification, type NotificationKind, notificationKinds } from '../../../src/events/notification.ts';

const kinds = Object.keys(notificationKinds) as NotificationKind[];
const notification = (kind: NotificationKind, values: Record<string, string> = {}): Notification => ({
  ...{ id: `e1/${kind}`, kind, time: '2026-11-24T02:00:00.000Z', since: '2026-11-24T01:00:00.000Z' },
  ...{ source: '/sekisho/gateway/mx1', subject: 's', count: 3, values },
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-templates-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string | Buffer) => writeFileSync(join(folder, name), text);
function problems(): readonly string[] {
  try {
    loadTemplates(folder);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map((problem) => problem.replaceAll(`${folder}/`, ''));
    throw error;
  }
}

describe('texts of the program', () => {
  test('the two of the specification are in its words', () => {
    const texts = createTexts(loadTemplates(undefined), 'ja');
    const values = { host: 'imsva91-jp.icrc.trendmicro.com', server: 's:443', seconds: '300' };
    const unavailable = texts(notification('server-unavailable', values));
    expect(unavailable.subject).toContain('お使いのサーバではSmart Protectionサービスが利用できません');
    expect(unavailable.body).toContain(
      'Smart Protection Serverのファイルレピュテーションサービス (imsva91-jp.icrc.trendmicro.com) が300秒間利用できません。',
    );
    expect(texts(notification('failover')).subject).toContain('従来型スキャンに切り替えました');
  });

  test.each(kinds)('%s: every language has all of it, with its values in their places', (kind) => {
    const values = Object.fromEntries(tokensOf(kind).map((token) => [token, `<${token}>`]));
    for (const language of ['ja', 'en', 'both'] as const) {
      const { subject, body } = createTexts(loadTemplates(undefined), language)(notification(kind, values));
      expect(subject).not.toMatch(/[{}\n]/);
      expect(body).not.toMatch(/[{}]/);
      expect(body).toContain('personal' in notificationKinds[kind] ? '<scan>' : 'mx1');
      expect(body.split('\n').length).toBeGreaterThan(4);
    }
  });
});

describe('texts of the administrator', () => {
  test('take the place of one kind in one language; braces, tabs and line ends as editors make them', () => {
    write('failover.ja.txt', '\ufeff切替 {gateway}\r\n\r\n{{x}}\t{time}\r\n');
    write('.failover.ja.txt.swp', '{');
    write('failover.en.txt~', '{');
    const templates = loadTemplates(folder);
    expect(createTexts(templates, 'ja')(notification('failover'))).toEqual({
      subject: '切替 mx1',
      body: '{x}\t2026-11-24T02:00:00.000Z\n',
    });
    expect(createTexts(templates, 'en')(notification('failover')).subject).toContain('Failover');
    expect(createTexts(templates, 'both')(notification('failover')).subject).toMatch(
      /^切替 mx1 \/ \[Sekisho\] Failover/,
    );
  });

  test('an unknown token is refused, with file, line and the tokens that there are', () => {
    write('failover.ja.txt', 'a\n\nb\n{host}\n');
    write('malware.en.txt', '{malwre}\n\nb');
    expect(problems()).toEqual([
      'failover.ja.txt:4: unknown token {host}; tokens are {time} {since} {gateway} {count} {kind} {id}',
      expect.stringMatching(/^malware\.en\.txt:1: unknown token \{malwre\}; tokens are \{malware\} .*\{from\}/),
    ]);
  });

  test.each([
    ['failover.ja.txt', 'a\n\n{', ':3: a single {: write {{'],
    ['failover.ja.txt', 'a\n\n}x', ':3: a single }: write }}'],
    ['failover.ja.txt', '', ':1: the first line is the subject'],
    ['failover.ja.txt', 'a\nb', ':2: an empty line'],
    ['failover.ja.txt', 'a\n\nb\0', ':3: a control character'],
    ['failover.ja.txt', Buffer.from([0x61, 0xff]), ': it is not UTF-8 text'],
    ['failover.ja.txt', 'x'.repeat(70_000), ': it has more than 65536 bytes'],
    ['failovr.ja.txt', 'a\n\nb', ': no text of ours is called so'],
    ['failover.fr.txt', 'a\n\nb', ': no text of ours is called so'],
  ])('%s with %j is refused: %s', (name, text, problem) => {
    write(name, text);
    expect(problems()).toEqual([expect.stringContaining(`${name}${problem}`)]);
  });

  test('a folder that is not there is refused', () => {
    expect(() => loadTemplates(join(folder, 'nowhere'))).toThrow(/templates_folder .* cannot be read/);
  });
});

test('whatever a mail brings: one line, no control or direction characters, and no token in a value is one', () => {
  const texts = createTexts(loadTemplates(undefined), 'both');
  const hostile = fc.string({
    unit: fc.constantFrom(
      '\r',
      '\n',
      '\0',
      '\u202e',
      '\u200b',
      '\u2028',
      '<',
      '{',
      '}',
      'file',
      'é',
      '漢',
      '\ud83d',
      '=?',
    ),
  });
  fc.assert(
    fc.property(hostile, hostile, (file, malware) => {
      const { subject, body } = texts(notification('malware', { file, malware, from: '{to}', to: 'T' }));
      expect(subject).not.toMatch(/[\r\n]/);
      expect(`${subject}${body.replaceAll('\n', '')}`).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(body).toContain('送信者: {to}\n');
    }),
  );
  const { body } = texts(notification('malware', { malware: 'x'.repeat(10_000) }));
  expect(body.length).toBeLessThan(4000);
});
