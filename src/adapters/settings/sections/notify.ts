import type { NotificationKind } from '../../../events/notification.ts';
import { type Key, section } from '../section.ts';
import { list, optional } from '../values/combined.ts';
import { mailAddress, mailDomain } from '../values/mail.ts';
import { integer } from '../values/number.ts';
import { path } from '../values/path.ts';
import { relayUrl } from '../values/relay-url.ts';
import { choice, yesNo } from '../values/words.ts';
import { notifySnmp } from './notify-snmp.ts';

const since = '0.3.0';

/** Kinds that have switches, in the words of their settings. */
const kinds = {
  'server-unavailable': 'a server is cached as invalid (お使いのサーバではSmart Protectionサービスが利用できません)',
  failover: 'scans have switched to conventional (従来型スキャンに切り替えました)',
  'server-recovered': 'a server is back after an outage',
  malware: 'malware was found in a message',
  unscannable: 'a message could not be scanned',
  'update-succeeded': 'a component was updated',
  'update-failed': 'a component could not be updated: each kind of trouble once, until it can',
  'pattern-too-old': 'a pattern or the filter is too old, or missing: once, until it is not',
  'journal-nearly-full': 'the journal is nearly full',
  'mail-deferred': 'a message is deferred for longer than `deferred_hours_max`',
  'certificate-near-its-end': 'a certificate will soon be over',
  'engine-unavailable': 'a clamd does not answer and is left alone',
  'engine-recovered': 'a clamd that was left alone answers again',
  'service-unavailable': 'a reputation service (`[service.NAME]`) is cached as invalid',
  'service-recovered': 'a reputation service is back after an outage',
  policy: 'a rule of the policy has done something with a message in which nothing was found',
} as const satisfies Partial<Record<NotificationKind, string>>;

/** A kind that has a switch for each channel. */
export type SwitchedKind = keyof typeof kinds;

/** The two of the specification, the like of clamd, and the end of what they tell. */
const onByMail: readonly string[] = [
  ...['server-unavailable', 'failover', 'server-recovered'],
  ...['engine-unavailable', 'engine-recovered', 'service-unavailable', 'service-recovered'],
];

/** `server_unavailable` of `server-unavailable`. */
type KeyOf<Kind extends string> = Kind extends `${infer Head}-${infer Tail}` ? `${Head}_${KeyOf<Tail>}` : Kind;
type SwitchName = `${KeyOf<SwitchedKind>}_${'mail' | 'snmp'}`;

/** Name of the switch of a kind, or undefined where the virus rule decides. */
export function switchOf(kind: NotificationKind, channel: 'mail' | 'snmp'): SwitchName | undefined {
  return Object.hasOwn(kinds, kind) ? (`${kind.replaceAll('-', '_')}_${channel}` as SwitchName) : undefined;
}

const switches = Object.fromEntries(
  Object.entries(kinds).flatMap(([kind, what]) =>
    (['mail', 'snmp'] as const).map((channel) => [
      switchOf(kind as SwitchedKind, channel),
      {
        type: yesNo,
        default: channel === 'mail' && onByMail.includes(kind) ? 'yes' : 'no',
        doc: `Whether it is told by ${channel === 'mail' ? 'mail' : 'SNMP'} that ${what}.`,
        since,
      },
    ]),
  ),
) as Record<SwitchName, Key<boolean>>;

const address = optional(mailAddress);

/** Notifications (管理 > 通知). */
export const notify = section(
  'Notifications (管理 > 通知 > イベント): by mail when `mail_relay` is set, by SNMP when `snmp_receivers` are. Each kind has a switch for mail and one for SNMP.',
  {
    mail_relay: {
      type: optional(relayUrl),
      default: '',
      doc: 'The MTA that takes notifications, `smtp://host:port`, port 25 when it is not given; never the gateway itself. TLS is used when it offers it. Empty: no mail is sent.',
      since,
    },
    mail_from: {
      type: address,
      default: '',
      doc: 'Sender in the header. The sender of the envelope is always the null sender, so that nothing bounces or answers.',
      since,
    },
    mail_to: {
      type: list(mailAddress, { min: 0, max: 32 }),
      default: '',
      doc: 'The administrators: addresses parted by commas. Each gets a mail of its own.',
      since,
    },
    own_domains: {
      type: list(mailDomain, { min: 0, max: 1000 }),
      default: '',
      doc: 'Domains of ours, `.example.org` for all below it: whom the virus rule may tell of a message. See `[virus_rule] notify_outside`.',
      since,
    },
    language: {
      type: choice('ja', 'en', 'both'),
      default: 'ja',
      doc: 'Language of the texts. `both`: Japanese first.',
      since,
    },
    templates_folder: {
      type: optional(path),
      default: '',
      doc: 'Texts of your own: a file `<kind>.<language>.txt` replaces the text of a kind, e.g. `failover.ja.txt`. Its first line is the subject, after an empty line comes the body. See docs/operations.md for the tokens.',
      since,
    },
    repeat_seconds_min: {
      type: integer(1, 86_400),
      default: '300',
      doc: 'Of what may come with every message (malware, unscannable, mail deferred) the first is told at once, and what follows within this time in one digest at its end.',
      since,
    },
    deferred_hours_max: {
      type: integer(1, 720),
      default: '4',
      doc: 'A message that is still deferred after so many hours is told of, once.',
      since,
    },
    give_up_hours: {
      type: integer(1, 720),
      default: '24',
      doc: 'A notification that has waited so long for its relay or receiver is given up. What happened earlier than that is not told any more.',
      since,
    },
    ...switches,
    ...notifySnmp,
  },
);
