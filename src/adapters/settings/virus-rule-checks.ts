import { type FindingKind, findingKinds, type SideAction } from '../../events/scan.ts';
import { contradicts } from '../../machines/virus-rule.ts';
import type { CrossCheck } from './cross-checks.ts';
import type { SettingsValues } from './tables.ts';

type Values = SettingsValues['virus_rule'];

const actionFor = (values: Values, kind: FindingKind) => values[`${kind}_action`];
const besides = (values: Values, kind: FindingKind) => values[`${kind}_also`];
/** What is done besides must make sense with what becomes of the message. */
function contradiction(kind: FindingKind): readonly CrossCheck[] {
  const keys = [`virus_rule.${kind}_also`, `virus_rule.${kind}_action`] as const;
  const without = (sides: readonly SideAction[]) => (values: SettingsValues) => {
    const action = actionFor(values.virus_rule, kind);
    return !sides.some((side) => besides(values.virus_rule, kind).includes(side) && contradicts(action, side));
  };
  return [
    {
      keys,
      holds: without(['tag_subject', 'add_header']),
      wrong: `${kind}_action keeps the message from its recipients, so nobody would see tag_subject or add_header; they go with tag, delete_attachment, delete_all_attachments and change_recipient`,
    },
    {
      keys,
      holds: without(['notify_sender']),
      wrong: 'the 550 of reject tells the sender already: notify_sender goes with every other action',
    },
  ];
}

/** Actions that need another setting. */
function needs(kind: FindingKind): readonly CrossCheck[] {
  const also = `virus_rule.${kind}_also`;
  const uses = (side: SideAction, { virus_rule }: SettingsValues) => besides(virus_rule, kind).includes(side);
  return [
    {
      keys: [`virus_rule.${kind}_action`, 'virus_rule.change_recipient_to'],
      holds: ({ virus_rule }) =>
        actionFor(virus_rule, kind) !== 'change_recipient' || virus_rule.change_recipient_to !== undefined,
      wrong: 'change_recipient needs an address in change_recipient_to',
    },
    {
      keys: [also, 'virus_rule.added_header'],
      holds: (values) => !uses('add_header', values) || values.virus_rule.added_header !== undefined,
      wrong: 'add_header needs a field in added_header',
    },
    {
      keys: [also, 'virus_rule.archive_folder'],
      holds: (values) => !uses('archive', values) || values.virus_rule.archive_folder !== undefined,
      wrong: 'archive needs a folder in archive_folder',
    },
    ...notices(kind),
  ];
}

/** Who is told must be reachable, and allowed to be told. */
function notices(kind: FindingKind): readonly CrossCheck[] {
  const also = `virus_rule.${kind}_also`;
  const tells = ({ virus_rule }: SettingsValues, ...sides: readonly SideAction[]) =>
    sides.some((side) => besides(virus_rule, kind).includes(side));
  return [
    {
      keys: [also, 'notify.mail_relay', 'notify.mail_from'],
      holds: (values) =>
        !tells(values, 'notify_administrator', 'notify_recipient', 'notify_sender') ||
        (values.notify.mail_relay !== undefined && values.notify.mail_from !== undefined),
      wrong: 'notices are sent by [notify] mail_relay, from mail_from: both are needed',
    },
    {
      keys: [also, 'notify.mail_to'],
      holds: (values) => !tells(values, 'notify_administrator') || values.notify.mail_to.length > 0,
      wrong: 'notify_administrator needs an address in [notify] mail_to',
    },
    {
      keys: [also, 'notify.own_domains', 'virus_rule.notify_outside'],
      holds: (values) =>
        !tells(values, 'notify_recipient', 'notify_sender') ||
        values.notify.own_domains.length > 0 ||
        values.virus_rule.notify_outside,
      wrong: 'only addresses in [notify] own_domains are told of a message, and there are none',
    },
  ];
}

/** Contradictions within the virus rule. */
export const virusRuleChecks: readonly CrossCheck[] = [
  ...findingKinds.flatMap((kind) => [...contradiction(kind), ...needs(kind)]),
  {
    keys: ['virus_rule.archive_bytes_max', 'smtp.message_bytes_max'],
    holds: ({ virus_rule: { archive_bytes_max }, smtp }) =>
      archive_bytes_max === 0 || archive_bytes_max > smtp.message_bytes_max,
    wrong: 'archive_bytes_max must be 0 or more than [smtp] message_bytes_max: a message could else find no room ever',
  },
  {
    keys: ['virus_rule.archive_folder', 'quarantine.folder', 'sps.folder', 'state.folder'],
    holds: ({ virus_rule, quarantine, sps, state }) =>
      ![quarantine.folder, sps.folder, state.folder].some((folder) => folder === virus_rule.archive_folder),
    wrong: 'the archive must have a folder of its own',
  },
];
