import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../../src/adapters/settings/read-settings.ts';
import { SettingsError } from '../../../src/adapters/settings/settings-error.ts';
import { actions, findingKinds, sideActions } from '../../../src/events/scan.ts';
import { contradicts } from '../../../src/machines/virus-rule.ts';

function problems(rule: string, more = ''): readonly string[] {
  try {
    readSettings({
      file: { path: '/etc/sekisho/imss.ini', text: `[virus_rule]\n${rule}\n${more}` },
      environment: {},
      cwd: '/srv',
    });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const notify =
  '[notify]\nmail_relay = smtp://127.0.0.1:2525\nmail_from = sekisho@example.org\nmail_to = admin@example.org\nown_domains = example.org\n';
const place = (line: number) => `/etc/sekisho/imss.ini:${line}: [virus_rule] `;

describe('an action that is none says where and what is allowed', () => {
  test.each([
    [
      'malware_action = shred',
      'malware_action = shred: must be one of tag, delete_attachment, delete_all_attachments, change_recipient, quarantine, delete_message, reject',
    ],
    // Nothing is passed in silence (invariant 3).
    ['encrypted_action = pass', 'encrypted_action = pass: must be one of tag, '],
    [
      'malware_action = reject, change_recipient',
      'malware_action = reject, change_recipient: is more than one action: one decides what becomes of the message, the rest goes into …_also',
    ],
    ['malware_action = quarantine + archive', 'malware_action = quarantine + archive: is more than one action'],
    ['malware_action = archive', 'malware_action = archive: is done besides an action: it goes into …_also, not here'],
    [
      'malware_also = archive, quarantine',
      'malware_also = archive, quarantine: names quarantine, which decides what becomes of the message: …_action is the place',
    ],
    [
      'malware_also = shred',
      'malware_also = shred: must be 0 to 6 values parted by commas, each one of tag_subject, add_header, archive, notify_administrator, notify_recipient, notify_sender (not so: shred)',
    ],
    ['malware_also = archive, archive', 'malware_also = archive, archive: names archive twice'],
    ['change_recipient_to = lab', 'change_recipient_to = lab: must be empty or a mail address'],
    ['change_recipient_to = a@b@example.org', 'change_recipient_to = a@b@example.org: must be empty or a mail address'],
    ['added_header = Subject: x', 'added_header = Subject: x: must be empty or a header field like X-Virus: found'],
    ['added_header = X-Sekisho: clean', 'added_header = X-Sekisho: clean: must be empty or a header field'],
    ['added_header = X-Virus', 'added_header = X-Virus: must be empty or a header field'],
  ])('%s', (line, problem) => {
    expect(problems(line)).toEqual([expect.stringContaining(`${place(2)}${problem}`)]);
  });
});

describe('what contradicts itself is refused', () => {
  test.each([
    [
      'malware_action = reject\nmalware_also = tag_subject',
      'malware_also = tag_subject: malware_action keeps the message from its recipients, so nobody would see tag_subject or add_header',
    ],
    [
      'malware_action = delete_message\nmalware_also = add_header\nadded_header = X-A: b',
      'malware_also = add_header: malware_action keeps the message',
    ],
    ['limit_also = tag_subject', 'limit_also = tag_subject: limit_action keeps the message'],
    [
      'malware_action = change_recipient',
      'malware_action = change_recipient: change_recipient needs an address in change_recipient_to ([virus_rule] change_recipient_to = , default)',
    ],
    ['malware_also = archive', 'malware_also = archive: archive needs a folder in archive_folder'],
    ['malware_also = add_header', 'malware_also = add_header: add_header needs a field in added_header'],
    [
      'malware_also = notify_sender',
      'malware_also = notify_sender: notices are sent by [notify] mail_relay, from mail_from: both are needed',
    ],
    ['archive_folder = state', 'archive_folder = state: the archive must have a folder of its own'],
  ])('%s', (rule, problem) => {
    const line = rule.split('\n').findIndex((each) => problem.startsWith(each.split(' ')[0] ?? '')) + 2;
    expect(problems(rule, rule.startsWith('archive_folder') ? '[state]\nfolder = state' : '')).toContainEqual(
      expect.stringContaining(`${place(line)}${problem}`),
    );
  });

  test('a sender that the 550 tells already is not told again', () => {
    expect(problems('malware_action = reject\nmalware_also = notify_sender', notify)).toEqual([
      expect.stringContaining('malware_also = notify_sender: the 550 of reject tells the sender already'),
    ]);
  });

  test('whom nobody may be told is refused: own domains, or the outside, must be allowed', () => {
    const relay = notify.replace(/own_domains.*\n/, '');
    for (const side of ['notify_sender', 'notify_recipient']) {
      expect(problems(`malware_also = ${side}`, relay)).toEqual([expect.stringContaining('own_domains are told')]);
      expect(problems(`malware_also = ${side}\nnotify_outside = yes`, relay)).toEqual([]);
      expect(problems(`malware_also = ${side}`, notify)).toEqual([]);
    }
    expect(problems('malware_also = notify_administrator', relay)).toEqual([]);
    expect(problems('malware_also = notify_administrator', relay.replace(/mail_to.*\n/, ''))).toEqual([
      expect.stringContaining('notify_administrator needs an address in [notify] mail_to'),
    ]);
  });
});

test('everything else goes together', () => {
  const rule =
    'change_recipient_to = lab@example.org\narchive_folder = archive\nadded_header = X-Virus: found; really\n';
  const chosen = actions.filter((action) => action !== 'pass');
  const one = fc.tuple(
    fc.constantFrom(...findingKinds),
    fc.constantFrom(...chosen),
    fc.uniqueArray(fc.constantFrom(...sideActions)),
  );
  fc.assert(
    fc.property(one, ([kind, action, also]) => {
      const said = problems(`${rule}${kind}_action = ${action}\n${kind}_also = ${also.join(', ')}`, notify);
      expect(said.length > 0).toBe(also.some((side) => contradicts(action, side)));
    }),
  );
});
