import { type Key, section } from '../section.ts';
import { optional } from '../values/combined.ts';
import { mailAddress, ownHeader } from '../values/mail.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { virusAction, virusActionsBesides } from '../values/virus-action.ts';
import { choice, text, yesNo } from '../values/words.ts';

const since = '0.1.0';
const lately = '0.3.0';
const newly = '0.4.0';

function action(standard: string, doc: string, from = since): Key<ReturnType<typeof virusAction.parse>> {
  return { type: virusAction, default: standard, doc, since: from };
}

function also(what: string, from = lately): Key<ReturnType<typeof virusActionsBesides.parse>> {
  return { type: virusActionsBesides, default: '', doc: `What is done besides, for ${what}.`, since: from };
}

const doc = `What is done with what was found. One \`…_action\` decides what becomes of the message; where findings differ, the strongest does. From the mildest: \`tag\` (mark the message and pass it), \`delete_attachment\` (a text takes its place), \`delete_all_attachments\`, \`change_recipient\` (it goes to \`change_recipient_to\` instead), \`quarantine\`, \`delete_message\`, \`reject\` (550). What is in no attachment cannot be deleted from the message: it is quarantined.

\`…_also\` lists what is done besides, parted by commas: \`tag_subject\`, \`add_header\`, \`archive\` (a copy as it was received), \`notify_administrator\`, \`notify_recipient\`, \`notify_sender\`. What contradicts its action is refused: nobody sees the subject of a message that is quarantined, deleted or rejected, and a sender hears of \`reject\` by the 550.`;

/** What is done with what was found. */
export const virus_rule = section(doc, {
  malware_action: action('delete_attachment', 'For malware.'),
  malware_also: also('malware'),
  ambiguous_action: action(
    'quarantine',
    'For mail that programs read differently, so that a file may be hidden from one of them: docs/operations.md.',
    newly,
  ),
  ambiguous_also: also('what is ambiguous', newly),
  encrypted_action: action('tag', 'For what is encrypted and cannot be read.'),
  encrypted_also: also('what is encrypted'),
  unsupported_action: action(
    'tag',
    'For containers that are not unpacked yet (7z, rar, xz, bzip2, zstd, cab): they are looked up as they are.',
  ),
  unsupported_also: also('containers that are not unpacked'),
  unreadable_action: action(
    'quarantine',
    'For what is damaged, partial, crashes the reader, or is refused by the server.',
  ),
  unreadable_also: also('what is unreadable'),
  limit_action: action('quarantine', 'For what goes beyond a limit of `[scan]`.'),
  limit_also: also('what goes beyond a limit'),
  tag: {
    type: text(100),
    default: '[Sekisho: not scanned]',
    doc: 'The text that marks a tagged message, in an `X-Sekisho-Tag` field.',
    since,
  },
  headers: {
    type: yesNo,
    default: 'yes',
    doc: 'Whether each message gets an `X-Sekisho` field with its verdict. With `no` an unchanged message stays as it is byte for byte.',
    since,
  },
  subject_tag: {
    type: text(60),
    default: '[VIRUS]',
    doc: 'What `tag_subject` puts before the subject, once.',
    since: lately,
  },
  added_header: {
    type: optional(ownHeader),
    default: '',
    doc: 'The field that `add_header` adds, e.g. `X-Virus: found`.',
    since: lately,
  },
  change_recipient_to: {
    type: optional(mailAddress),
    default: '',
    doc: 'Where `change_recipient` sends to, e.g. those who look into it. The next hop must take it. Who it was for is in `X-Sekisho-Original-Recipients`.',
    since: lately,
  },
  archive_folder: {
    type: optional(path),
    default: '',
    doc: 'Where `archive` puts its copies, in the form of the quarantine.',
    since: lately,
  },
  archive_bytes_max: {
    type: integer(0, 1_099_511_627_776),
    default: '10737418240',
    doc: 'Most that it takes on disk; 0: no limit. A message that finds no room there gets 452 and stays with its sender, or see `archive_when_full`. The default is 10 GiB.',
    since: lately,
  },
  archive_days_max: {
    type: integer(0, 3650),
    default: '30',
    doc: 'How long copies are kept, in whole days (UTC); 0: until somebody deletes them.',
    since: lately,
  },
  archive_when_full: {
    type: choice('defer', 'delete_oldest'),
    default: 'defer',
    doc: 'As `[quarantine] when_full`.',
    since: lately,
  },
  notify_outside: {
    type: yesNo,
    default: 'no',
    doc: 'Whether `notify_sender` and `notify_recipient` also tell addresses outside `[notify] own_domains`. Malware names a sender that has nothing to do with it: leave it at `no`.',
    since: lately,
  },
});
