import snmp, { type Varbind } from 'net-snmp';
import type { NotificationOrder } from '../../actors/ports/notifications.ts';
import { gatewaySource } from '../../events/command.ts';
import { kindFacts } from '../../events/notification.ts';
import { printable } from '../../events/printable.ts';
import {
  longTextOctetsMax,
  type MibKind,
  type MibObjectName,
  mibLevels,
  mibObjects,
  objectOid,
  objectsOf,
  textOctetsMax,
} from './mib.ts';

/** The objects that the MIB promises for the kind. A text that is too long is cut at a character; so are its escapes. */
export function varbindsOf(kind: MibKind, order: NotificationOrder): Varbind[] {
  const common = commonValues(order);
  return objectsOf(kind).map(({ name, token }) =>
    varbind(name, token === undefined ? (common[name] ?? '') : printable(order.notification.values[token] ?? '')),
  );
}

function commonValues({ notification, text }: NotificationOrder): Partial<Record<MibObjectName, string>> {
  return {
    sekishoGateway: notification.source.replace(gatewaySource(''), ''),
    sekishoTime: notification.time,
    sekishoSince: notification.since,
    sekishoNotificationId: notification.id,
    sekishoLevel: String(mibLevels[kindFacts(notification.kind).level]),
    sekishoCount: String(notification.count),
    sekishoSummary: text.subject,
    sekishoBody: text.body,
  };
}

function varbind(name: MibObjectName, value: string): Varbind {
  const oid = objectOid(name);
  switch (mibObjects[name].syntax) {
    case 'SekishoText':
      return { oid, type: snmp.ObjectType.OctetString, value: cutText(value, textOctetsMax) };
    case 'SekishoLongText':
      return { oid, type: snmp.ObjectType.OctetString, value: cutText(value, longTextOctetsMax) };
    case 'DateAndTime':
      return { oid, type: snmp.ObjectType.OctetString, value: dateAndTime(value) };
    case 'Unsigned32':
      return { oid, type: snmp.ObjectType.Gauge, value: wholeNumber(value, 0, 2 ** 32 - 1) };
    case 'Integer32':
    case 'SekishoLevelNumber':
      return { oid, type: snmp.ObjectType.Integer, value: wholeNumber(value, -(2 ** 31), 2 ** 31 - 1) };
  }
}

/** The nearest number that the type holds; 0 for a text that is none. */
function wholeNumber(text: string, min: number, max: number): number {
  const number = Math.round(Number(text));
  return Number.isNaN(number) ? 0 : Math.min(Math.max(number, min), max);
}

/** As many whole characters as fit into so many octets of UTF-8. */
export function cutText(text: string, octetsMax: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(octetsMax));
  return text.slice(0, read);
}

/** DateAndTime of RFC 2579 in UTC, to a tenth of a second; of a time that is none the year 0. */
export function dateAndTime(text: string): Buffer {
  const time = new Date(text);
  const octets = Buffer.alloc(11);
  octets.write('+', 8, 'latin1');
  if (Number.isNaN(time.getTime())) return octets;
  octets.writeUInt16BE(time.getUTCFullYear());
  const [month, day] = [time.getUTCMonth() + 1, time.getUTCDate()];
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()];
  octets.set([month, day, ...clock, Math.floor(time.getUTCMilliseconds() / 100)], 2);
  return octets;
}
