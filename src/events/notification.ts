/** The language of notifications: what administrators are told of (管理 > 通知 > イベント), and by which way. */

/** How a notification reaches people. */
export const notificationChannels = ['mail', 'snmp'] as const;
export type ChannelName = (typeof notificationChannels)[number];

/** What is known of a kind besides its texts. */
export interface KindFacts {
  /** How grave it is, in the words of the log query. */
  level: 'error' | 'warning' | 'information';
  /** Names of the values that a notification of this kind has, besides those that every one has: what templates may name. */
  tokens: readonly string[];
  /** One event of this kind is sent at once; those that follow within `[notify] repeat_seconds_min` are told together. */
  bounded?: true;
  /** Goes to the people that it names, by mail, because the virus rule says so: it has no switches. */
  personal?: true;
}

/** Of what was found in a message. */
const findingTokens = ['malware', 'reason', 'file', 'from', 'to', 'subject', 'action', 'scan'] as const;

/** Of a message that a rule of the policy matched; `reason` is the rule. */
const ruleTokens = ['reason', 'file', 'from', 'to', 'subject', 'action', 'scan'] as const;

/** Every kind, in the order in which people are shown them. A kind is never renamed: it is in ids, file names and settings. */
export const notificationKinds = {
  /** お使いのサーバではSmart Protectionサービスが利用できません (smart-scan.md section 4) */
  'server-unavailable': { level: 'error', tokens: ['host', 'server', 'seconds'] },
  /** 従来型スキャンに切り替えました (section 5) */
  failover: { level: 'error', tokens: [] },
  'server-recovered': { level: 'information', tokens: ['host', 'server'] },
  malware: { level: 'warning', tokens: findingTokens, bounded: true },
  unscannable: { level: 'warning', tokens: findingTokens, bounded: true },
  'update-succeeded': { level: 'information', tokens: ['component', 'version'] },
  'update-failed': { level: 'warning', tokens: ['component', 'version', 'reason'] },
  'pattern-too-old': { level: 'error', tokens: ['component', 'version', 'reason'] },
  'journal-nearly-full': { level: 'error', tokens: ['percent', 'bytes', 'bytes_max', 'reason'] },
  'mail-deferred': {
    level: 'warning',
    tokens: ['hours', 'message_id', 'from', 'to', 'subject', 'reason'],
    bounded: true,
  },
  'certificate-near-its-end': { level: 'warning', tokens: ['certificate', 'host', 'days', 'end'] },
  /** A rule of the policy has done something with a message in which nothing was found. */
  policy: { level: 'warning', tokens: ruleTokens, bounded: true },
  /** A scan engine outside, clamd: left alone, and back. */
  'engine-unavailable': { level: 'error', tokens: ['server', 'seconds'] },
  'engine-recovered': { level: 'information', tokens: ['server'] },
  /** Another reputation service: cached as invalid, and back. */
  'service-unavailable': { level: 'warning', tokens: ['server', 'seconds', 'reason'] },
  'service-recovered': { level: 'information', tokens: ['server'] },
  /** To people outside the administration, because the virus rule says so. */
  'notice-to-recipient': { level: 'warning', tokens: findingTokens, bounded: true, personal: true },
  'notice-to-sender': { level: 'warning', tokens: findingTokens, bounded: true, personal: true },
  'policy-to-recipient': { level: 'warning', tokens: ruleTokens, bounded: true, personal: true },
  'policy-to-sender': { level: 'warning', tokens: ruleTokens, bounded: true, personal: true },
} as const satisfies Readonly<Record<string, KindFacts>>;
export type NotificationKind = keyof typeof notificationKinds;

/** Values that every notification has, whatever its kind. */
export const commonTokens = ['time', 'since', 'gateway', 'count', 'kind', 'id'] as const;

/** What is known of a kind. */
export function kindFacts(kind: NotificationKind): KindFacts {
  return notificationKinds[kind];
}

/** Whether a word is the name of a kind. */
export function isNotificationKind(word: string): word is NotificationKind {
  return Object.hasOwn(notificationKinds, word);
}

/** One thing to be told, the same for everybody who is told it. */
export interface Notification {
  /** The same for the same event whenever the log is folded, and unique for ever: `<id of the event>/<kind>`. */
  id: string;
  kind: NotificationKind;
  /** When it happened, RFC 3339 UTC; of several events, the last. */
  time: string;
  /** When the first of several happened. */
  since: string;
  /** CloudEvents source of the gateway that says so. */
  source: string;
  /** The aggregate that it is about, e.g. `server/sps.example.org:443`. */
  subject: string;
  /** How many events it stands for: more than one when repeats are told together; the values are then of the last. */
  count: number;
  /** By token. They may come from a mail: whoever shows them escapes them. */
  values: Readonly<Record<string, string>>;
  /** Mail addresses to tell instead of the administrators: then it goes by mail only. */
  to?: readonly string[];
}

/** What the log says is to be told; whether it is, by which way and to whom is up to the settings. */
export interface Due {
  notification: Notification;
  /** The virus rule asks for it: the administrators get it by mail whatever its switch says. */
  asked?: true;
  /** How long the trouble has lasted, of a kind that is told only when it lasts long. */
  lastedMs?: number;
}
