import { section } from '../section.ts';
import { choice, text, yesNo } from '../values/words.ts';

const since = '0.1.0';
const action = choice('delete_attachment', 'quarantine', 'delete_message', 'reject', 'tag');

/** What is done with what was found. */
export const virus_rule = section(
  'What is done with what was found: `delete_attachment` (a text takes its place), `quarantine`, `delete_message`, `reject` (550) or `tag` (mark the message and pass it). What is in no attachment cannot be deleted from the message: it is quarantined.',
  {
    malware_action: { type: action, default: 'delete_attachment', doc: 'For malware.', since },
    encrypted_action: { type: action, default: 'tag', doc: 'For what is encrypted and cannot be read.', since },
    unsupported_action: {
      type: action,
      default: 'tag',
      doc: 'For containers that are not unpacked yet (7z, rar, xz, bzip2, zstd, cab): they are looked up as they are.',
      since,
    },
    unreadable_action: {
      type: action,
      default: 'quarantine',
      doc: 'For what is damaged, partial, crashes the reader, or is refused by the server.',
      since,
    },
    limit_action: { type: action, default: 'quarantine', doc: 'For what goes beyond a limit of `[scan]`.', since },
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
  },
);
