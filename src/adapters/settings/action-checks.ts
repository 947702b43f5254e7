import type { Action, SideAction } from '../../events/scan.ts';
import { contradicts } from '../../machines/virus-rule.ts';
import type { CrossCheck } from './cross-checks.ts';
import type { SettingsValues } from './tables.ts';

/** Two keys that say together what is done. */
export interface ActingKeys {
  /** As `section.key`. */
  action: string;
  also: string;
  read(values: SettingsValues): { action: Action; also: readonly SideAction[] };
}

/** What is done must make sense as a whole, and be possible. */
export function actionChecks(keys: ActingKeys): readonly CrossCheck[] {
  return [...contradictions(keys), ...needs(keys), ...notices(keys)];
}

/** What is done besides must make sense with what becomes of the message. */
function contradictions(keys: ActingKeys): readonly CrossCheck[] {
  const without = (sides: readonly SideAction[]) => (values: SettingsValues) => {
    const { action, also } = keys.read(values);
    return !sides.some((side) => also.includes(side) && contradicts(action, side));
  };
  return [
    {
      keys: [keys.also, keys.action],
      holds: without(['tag_subject', 'add_header']),
      wrong: `${keyOf(keys.action)} keeps the message from its recipients, so nobody would see tag_subject or add_header; they go with tag, delete_attachment, delete_all_attachments and change_recipient`,
    },
    {
      keys: [keys.also, keys.action],
      holds: without(['notify_sender']),
      wrong: 'the 550 of reject tells the sender already: notify_sender goes with every other action',
    },
  ];
}

function keyOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Actions that need another setting. */
function needs(keys: ActingKeys): readonly CrossCheck[] {
  const uses = (side: SideAction, values: SettingsValues) => keys.read(values).also.includes(side);
  return [
    {
      keys: [keys.action, 'virus_rule.change_recipient_to'],
      holds: (values) =>
        keys.read(values).action !== 'change_recipient' || values.virus_rule.change_recipient_to !== undefined,
      wrong: 'change_recipient needs an address in change_recipient_to',
    },
    {
      keys: [keys.also, 'virus_rule.added_header'],
      holds: (values) => !uses('add_header', values) || values.virus_rule.added_header !== undefined,
      wrong: 'add_header needs a field in added_header',
    },
    {
      keys: [keys.also, 'virus_rule.archive_folder'],
      holds: (values) => !uses('archive', values) || values.virus_rule.archive_folder !== undefined,
      wrong: 'archive needs a folder in archive_folder',
    },
  ];
}

/** Who is told must be reachable, and allowed to be told. */
function notices(keys: ActingKeys): readonly CrossCheck[] {
  const tells = (values: SettingsValues, ...sides: readonly SideAction[]) =>
    sides.some((side) => keys.read(values).also.includes(side));
  return [
    {
      keys: [keys.also, 'notify.mail_relay', 'notify.mail_from'],
      holds: (values) =>
        !tells(values, 'notify_administrator', 'notify_recipient', 'notify_sender') ||
        (values.notify.mail_relay !== undefined && values.notify.mail_from !== undefined),
      wrong: 'notices are sent by [notify] mail_relay, from mail_from: both are needed',
    },
    {
      keys: [keys.also, 'notify.mail_to'],
      holds: (values) => !tells(values, 'notify_administrator') || values.notify.mail_to.length > 0,
      wrong: 'notify_administrator needs an address in [notify] mail_to',
    },
    {
      keys: [keys.also, 'notify.own_domains', 'virus_rule.notify_outside'],
      holds: (values) =>
        !tells(values, 'notify_recipient', 'notify_sender') ||
        values.notify.own_domains.length > 0 ||
        values.virus_rule.notify_outside,
      wrong: 'only addresses in [notify] own_domains are told of a message, and there are none',
    },
  ];
}
