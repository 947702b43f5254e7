import { type NotificationKind, notificationKinds } from '../../events/notification.ts';

/**
 * The table behind SEKISHO-MIB: `npm run mib` writes mibs/SEKISHO-MIB.txt from it, and traps are filled by it. Numbers are
 * for ever: receivers have rules for them. New ones go to the end.
 */

/** `sekishoMIB`, under the enterprise number for examples (RFC 5612): there is no registered one. */
export const mibRoot = '1.3.6.1.4.1.32473.10025';

/** SMI types in use; the MIB states their ranges. */
export type MibSyntax =
  | 'SekishoText'
  | 'SekishoLongText'
  | 'SekishoLevelNumber'
  | 'DateAndTime'
  | 'Unsigned32'
  | 'Integer32';

/** A scalar that notifications carry; its only instance is `.0`. */
export interface MibObject {
  number: number;
  syntax: MibSyntax;
  /** Sentences for the MIB. */
  doc: string;
}

export const mibObjects = {
  sekishoGateway: { number: 1, syntax: 'SekishoText', doc: 'The gateway that noticed it: [state] gateway_name.' },
  sekishoTime: { number: 2, syntax: 'DateAndTime', doc: 'When it happened, in UTC; of several events, the last.' },
  sekishoSince: { number: 3, syntax: 'DateAndTime', doc: 'When the first of several events happened.' },
  sekishoNotificationId: {
    number: 4,
    syntax: 'SekishoText',
    doc: 'The same for a notification that comes twice, and for no other.',
  },
  sekishoLevel: { number: 5, syntax: 'SekishoLevelNumber', doc: 'How grave it is.' },
  sekishoSummary: { number: 6, syntax: 'SekishoText', doc: 'What happened, in one line: the subject of the mail.' },
  sekishoBody: { number: 7, syntax: 'SekishoLongText', doc: 'What happened, in lines: the body of the mail.' },
  sekishoCount: { number: 8, syntax: 'Unsigned32', doc: 'How many events this notification stands for.' },
  sekishoHost: { number: 9, syntax: 'SekishoText', doc: 'The host that it is about.' },
  sekishoServer: { number: 10, syntax: 'SekishoText', doc: 'The server that it is about, host:port.' },
  sekishoSeconds: { number: 11, syntax: 'Unsigned32', doc: 'For how many seconds the server is not asked.' },
  sekishoMalwareName: { number: 12, syntax: 'SekishoText', doc: 'The name of the malware.' },
  sekishoFile: { number: 13, syntax: 'SekishoText', doc: 'The file in the message, as the message names it.' },
  sekishoFrom: { number: 14, syntax: 'SekishoText', doc: 'The envelope sender of the message.' },
  sekishoTo: { number: 15, syntax: 'SekishoText', doc: 'The envelope recipients of the message.' },
  sekishoAction: { number: 16, syntax: 'SekishoText', doc: 'What was done with the message.' },
  sekishoScan: { number: 17, syntax: 'SekishoText', doc: 'The id of the scan in the log.' },
  sekishoReason: { number: 18, syntax: 'SekishoText', doc: 'Why.' },
  sekishoComponent: { number: 19, syntax: 'SekishoText', doc: 'The pattern or filter: agent, conventional or filter.' },
  sekishoVersion: { number: 20, syntax: 'SekishoText', doc: 'The version of the pattern or filter.' },
  sekishoPercent: { number: 21, syntax: 'Unsigned32', doc: 'How full it is, in percent.' },
  sekishoHours: { number: 22, syntax: 'Unsigned32', doc: 'For how many hours.' },
  sekishoMessageId: { number: 23, syntax: 'SekishoText', doc: 'The Message-ID of the message.' },
  sekishoCertificate: { number: 24, syntax: 'SekishoText', doc: 'The certificate, in words.' },
  sekishoDays: { number: 25, syntax: 'Integer32', doc: 'How many days are left; below 0 it is over.' },
  sekishoEnd: { number: 26, syntax: 'SekishoText', doc: 'When the certificate ends.' },
  sekishoSubject: { number: 27, syntax: 'SekishoText', doc: 'The subject of the message.' },
} as const satisfies Readonly<Record<string, MibObject>>;

export type MibObjectName = keyof typeof mibObjects;

/** What every notification carries, in this order. */
export const commonObjects: readonly MibObjectName[] = [
  'sekishoGateway',
  'sekishoTime',
  'sekishoSince',
  'sekishoNotificationId',
  'sekishoLevel',
  'sekishoCount',
  'sekishoSummary',
  'sekishoBody',
];

/** A value of notifications by its name in templates. */
export type ValueToken = (typeof notificationKinds)[NotificationKind]['tokens'][number];

/** The object of a value; null for what no SMI type holds (bytes of disks): the texts say it. */
export const tokenObjects = {
  host: 'sekishoHost',
  server: 'sekishoServer',
  seconds: 'sekishoSeconds',
  malware: 'sekishoMalwareName',
  file: 'sekishoFile',
  from: 'sekishoFrom',
  to: 'sekishoTo',
  subject: 'sekishoSubject',
  action: 'sekishoAction',
  scan: 'sekishoScan',
  reason: 'sekishoReason',
  component: 'sekishoComponent',
  version: 'sekishoVersion',
  percent: 'sekishoPercent',
  bytes: null,
  bytes_max: null,
  hours: 'sekishoHours',
  message_id: 'sekishoMessageId',
  certificate: 'sekishoCertificate',
  days: 'sekishoDays',
  end: 'sekishoEnd',
} as const satisfies Readonly<Record<ValueToken, MibObjectName | null>>;

/** Kinds that go to people by mail, and to nobody else. */
type PersonalKind = {
  [Kind in NotificationKind]: (typeof notificationKinds)[Kind] extends { personal: true } ? Kind : never;
}[NotificationKind];

/** What the MIB has: all kinds for administrators. */
export type MibKind = Exclude<NotificationKind, PersonalKind>;

/** Each kind's number. The compiler refuses a kind without one. */
export const mibNotifications = {
  'server-unavailable': { number: 1, doc: 'A server failed so often that it is not asked for sekishoSeconds.' },
  failover: { number: 2, doc: 'No server is left to be asked: scans have switched to the conventional pattern.' },
  'server-recovered': { number: 3, doc: 'A server that was unavailable answers again.' },
  malware: { number: 4, doc: 'Malware was found in a message.' },
  unscannable: { number: 5, doc: 'A message holds what cannot be scanned: encrypted, damaged, too deep or too large.' },
  'update-succeeded': { number: 6, doc: 'A pattern or filter was updated.' },
  'update-failed': { number: 7, doc: 'A pattern or filter could not be updated; the one in use stays.' },
  'pattern-too-old': { number: 8, doc: 'A pattern or filter is too old, or there is none.' },
  'journal-nearly-full': { number: 9, doc: 'The journal is nearly full. When it is full, mail is answered 452.' },
  'mail-deferred': { number: 10, doc: 'A message has been deferred for longer than sekishoHours.' },
  'certificate-near-its-end': { number: 11, doc: 'A certificate is near its end, or past it.' },
  policy: { number: 12, doc: 'A rule of the policy matched a message in which nothing was found.' },
  'engine-unavailable': { number: 13, doc: 'A clamd failed so often that it is left alone for sekishoSeconds.' },
  'engine-recovered': { number: 14, doc: 'A clamd that was left alone answers again.' },
  'service-unavailable': {
    number: 15,
    doc: 'A reputation service failed so often that it is not asked for sekishoSeconds.',
  },
  'service-recovered': { number: 16, doc: 'A reputation service that was unavailable answers again.' },
} as const satisfies Readonly<Record<MibKind, { number: number; doc: string }>>;

/** Whether a kind is in the MIB. */
export function isMibKind(kind: string): kind is MibKind {
  return Object.hasOwn(mibNotifications, kind);
}

/** What a kind's notifications carry, in the order of the MIB. */
export function objectsOf(kind: MibKind): { name: MibObjectName; token?: ValueToken }[] {
  const tokens: readonly ValueToken[] = notificationKinds[kind].tokens;
  const own = tokens.flatMap((token) => {
    const name = tokenObjects[token];
    return name === null ? [] : [{ name, token }];
  });
  return [...commonObjects.map((name) => ({ name })), ...own];
}

/** `sekishoServerUnavailable` for `server-unavailable`. */
export function mibNotificationName(kind: string): string {
  return `sekisho-${kind}`.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What `snmpTrapOID` says of a kind. The 0 before the number is for proxies to SNMPv1 (RFC 2578 8.5). */
export function notificationOid(kind: MibKind): string {
  return `${mibRoot}.0.${mibNotifications[kind].number}`;
}

/** The OID of an object's only instance. */
export function objectOid(name: MibObjectName): string {
  return `${mibRoot}.1.${mibObjects[name].number}.0`;
}

/** `SekishoLevelNumber`. */
export const mibLevels = { information: 1, warning: 2, error: 3 } as const;

/** Octets. What SnmpAdminString may have (RFC 3411), and what SekishoLongText may: all of it is one datagram. */
export const textOctetsMax = 255;
export const longTextOctetsMax = 4096;
