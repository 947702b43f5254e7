import { findingKinds } from '../../../events/scan.ts';
import { directions } from '../../../machines/policy.ts';
import { section } from '../section.ts';
import { list } from '../values/combined.ts';
import { integer } from '../values/number.ts';
import { addressPattern, fileTypeWord, mediaTypePattern, namePattern } from '../values/patterns.ts';
import { ruleAction, virusActionsBesides } from '../values/virus-action.ts';
import { choice } from '../values/words.ts';

const since = '0.4.0';
const patternsMax = 1000;

const doc = `A rule; NAME is one word of small letters, digits, \`-\` and \`_\`, and stands in log and events. It matches when all of its conditions do; a list matches when one of its values does; what is left out is no condition. Rules stand in the file only, not in the environment.

Without \`verdict\` a rule is about the message: its action is taken beside those of the virus rule for what was found in it, and the strongest wins. So \`pass\` is an exception from the rules below it, never from the virus rule. With \`verdict\` a rule takes the place of the virus rule for these findings.

Conditions on files must all be met by one and the same file, at any depth, also within archives; with \`verdict\`, it is what was found in that file. Recipients to whom different rules may apply are not taken in one transaction: the later ones get \`452 4.5.3\`, and the MTA sends to them in another.`;

/** One rule, \`[policy.NAME]\`. */
export const policyRule = section(doc, {
  direction: {
    type: list(choice(...directions), { min: 0, max: directions.length }),
    default: '',
    doc: '`incoming`: to one of `[notify] own_domains`; `internal`: the same, from one of `[policy] own_networks`; `outgoing`: to anybody else. A sender’s address proves nothing, so it does not count here.',
    since,
  },
  from: {
    type: list(addressPattern, { min: 0, max: patternsMax }),
    default: '',
    doc: 'Senders of the envelope: addresses, in which `*` stands for anything; domains; `.example.org` for all domains below it; `<>` for the null sender.',
    since,
  },
  to: {
    type: list(addressPattern, { min: 0, max: patternsMax }),
    default: '',
    doc: 'Recipients of the envelope, written as in `from`.',
    since,
  },
  message_bytes_min: {
    type: integer(0, 17_179_869_184),
    default: '0',
    doc: 'The message has at least so many bytes. 0: any.',
    since,
  },
  file_name: {
    type: list(namePattern, { min: 0, max: patternsMax }),
    default: '',
    doc: 'Names of files, e.g. `*.exe`, in which `*` stands for anything and `?` for one character. Every name that some program may read counts; case, invisible characters, and dots and spaces at the end do not.',
    since,
  },
  file_type: {
    type: list(fileTypeWord, { min: 0, max: 200 }),
    default: '',
    doc: 'What a file is by its content, whatever it is called: a type, or a group of types (docs/operations.md has them all).',
    since,
  },
  declared_type: {
    type: list(mediaTypePattern, { min: 0, max: patternsMax }),
    default: '',
    doc: 'What the mail says that a part is, e.g. `application/x-msdownload` or `video/*`. Files within archives have none.',
    since,
  },
  file_bytes_min: {
    type: integer(0, 4_294_967_296),
    default: '0',
    doc: 'A file has at least so many bytes, unpacked. 0: any.',
    since,
  },
  verdict: {
    type: list(choice(...findingKinds), { min: 0, max: findingKinds.length }),
    default: '',
    doc: 'What was found, in the words of `[virus_rule]`: the rule takes its place for that.',
    since,
  },
  action: {
    type: ruleAction,
    default: '',
    doc: 'What becomes of the message, as in `[virus_rule]`; must be given. `pass` only without `verdict`. `delete_attachment` deletes the files that the conditions are about. `change_recipient` sends to `[virus_rule] change_recipient_to`.',
    since,
  },
  also: {
    type: virusActionsBesides,
    default: '',
    doc: 'What is done besides, as in `[virus_rule]`.',
    since,
  },
});
