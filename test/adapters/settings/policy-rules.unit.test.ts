import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { auditedSettings } from '../../../src/adapters/settings/audited-settings.ts';
import { readSettings } from '../../../src/adapters/settings/read-settings.ts';
import { SettingsError } from '../../../src/adapters/settings/settings-error.ts';
import { fileTypeGroups, fileTypes } from '../../../src/events/file-types.ts';

const read = (text: string) => readSettings({ file: { path: '/imss.ini', text }, environment: {}, cwd: '/srv' });
function problems(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}
const own = '[notify]\nown_domains = example.org\n';

describe('rules', () => {
  test('have the order of the file, and values as the tables say', () => {
    const { rules } = read(
      `${own}[policy.zebra]\naction = tag\n[log]\nlevel = warn\n[policy.ape]\ndirection = incoming\nfrom = <>, Boss@Example.org\nfile_type = macro, exe\nfile_name = *.EXE, 請求書*\nfile_bytes_min = 10\naction = pass\n`,
    );
    expect(rules).toMatchObject([
      { name: 'zebra', action: 'tag', also: [], from: [], to: [], direction: [], verdict: [], messageBytesMin: 0 },
      {
        name: 'ape',
        direction: ['incoming'],
        from: ['<>', 'boss@example.org'],
        file: { types: ['macro', 'exe'], names: ['*.exe', '請求書*'], declared: [], bytesMin: 10 },
      },
    ]);
    expect(read('').rules).toEqual([]);
  });

  test('a group stands for its types', () => {
    const { rules } = read('[policy.a]\nfile_type = archive, zip\naction = tag');
    expect(rules[0]?.file.types).toEqual(fileTypeGroups.archive);
    for (const type of fileTypes) expect(problems(`[policy.a]\nfile_type = ${type}\naction = tag`)).toEqual([]);
  });

  test('are audited, and so is their order', () => {
    const audited = (text: string) =>
      auditedSettings(read(text), () => '').map(({ section, key, value }) => `[${section}] ${key} = ${value}`);
    expect(audited('[policy.b]\naction = tag\n[policy.a]\nfrom = x.org\naction = reject')).toEqual([
      '[policy] order = b, a',
      '[policy.b] action = tag',
      '[policy.a] from = x.org',
      '[policy.a] action = reject',
    ]);
  });
});

describe('what is refused, with its line', () => {
  test.each([
    ['no action', '[policy.a]\nfrom = x.org', '/imss.ini:1: [policy.a] has no action'],
    [
      'an action that there is not',
      '[policy.a]\naction = drop',
      '/imss.ini:2: [policy.a] action = drop: must be one of tag',
    ],
    ['two actions', '[policy.a]\naction = tag, archive', 'is more than one action'],
    [
      'a key that there is not',
      '[policy.a]\nfilename = x\naction = tag',
      ':2: [policy.a] filename is no key; did you mean file_name?',
    ],
    ['a name that is none', '[policy.No!]\naction = tag', ':1: [policy.No!] must be named with'],
    ['a name twice', '[policy.a]\naction = tag\n[policy.a]', ':3: [policy.a] stands on line 1 already'],
    ['a type that there is not', '[policy.a]\nfile_type = exee\naction = tag', 'did you mean exe?'],
    ['an address that is none', '[policy.a]\nfrom = a b\naction = tag', ':2: [policy.a] from = a b: must be'],
    ['a path', '[policy.a]\nfile_name = a/b\naction = tag', 'without / and \\'],
    ['pass for what was found', '[policy.a]\nverdict = malware\naction = pass', 'is never passed'],
    ['no file to delete', '[policy.a]\naction = delete_attachment', 'needs a condition on files'],
    ['a direction without own domains', '[policy.a]\ndirection = incoming\naction = tag', '[notify] own_domains'],
    ['internal without own networks', `${own}[policy.a]\ndirection = internal\naction = tag`, '[policy] own_networks'],
    [
      'nobody would see it',
      '[policy.a]\naction = reject\nalso = tag_subject',
      ':3: [policy.a] also = tag_subject: action keeps',
    ],
    ['nowhere to send to', '[policy.a]\naction = change_recipient', 'change_recipient_to'],
    ['nowhere to archive', '[policy.a]\naction = pass\nalso = archive', 'archive_folder'],
    [
      'nobody to tell',
      '[policy.a]\naction = tag\nalso = notify_sender\n[virus_rule]\nnotify_outside = yes',
      'mail_relay',
    ],
  ])('%s', (_what, text, expected) => {
    expect(problems(text)).toEqual([expect.stringContaining(expected)]);
  });

  test('a rule in the environment', () => {
    expect(() => readSettings({ environment: { SEKISHO_POLICY_A_ACTION: 'tag' }, cwd: '/' })).toThrow(
      'SEKISHO_POLICY_A_ACTION is no setting',
    );
  });
});

test('a rule that is never the one is warned of', () => {
  const { warnings } = read(
    '[policy.a]\nfrom = x.org, y.org\naction = tag\n[policy.b]\nfrom = y.org\nto = z.org\naction = reject',
  );
  expect(warnings).toEqual([
    '/imss.ini:4: [policy.b] is never the one: [policy.a] on line 1 matches all that it would',
  ]);
});

describe('docs/operations.md', () => {
  const [, section = ''] = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8').split(
    '## Policy\n',
  );

  test('its example can be used as it is', () => {
    const lines = section.slice(0, section.indexOf('A rule without')).split('\n');
    const example = lines.filter((line) => line.startsWith('    ')).join('\n');
    const { rules, warnings } = read(example);
    expect(rules.map(({ name }) => name)).toEqual(['lab', 'trusted-builds', 'programs', 'scripts', 'films']);
    expect(warnings).toEqual([]);
  });

  test('names every type of file', () => {
    for (const [group, types] of Object.entries(fileTypeGroups))
      expect(section).toContain(`| \`${group}\` | ${types.map((type) => `\`${type}\``).join(' ')} |`);
  });
});
