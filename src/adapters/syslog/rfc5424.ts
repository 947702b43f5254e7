import { printable } from '../../events/printable.ts';

/** Facilities by name, in the order of their numbers (RFC 5424 6.2.1). */
export const facilities = [
  ...(['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'] as const),
  ...(['ntp', 'audit', 'alert', 'clock'] as const),
  ...(['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'] as const),
] as const;
export type Facility = (typeof facilities)[number];

/** Severities that are used, by their numbers. */
export const severities = { error: 3, warning: 4, information: 6 } as const;
export type SyslogLevel = keyof typeof severities;

/** What is the same in every message. */
export interface SyslogSender {
  facility: Facility;
  /** HOSTNAME and APP-NAME: printable ASCII, no spaces. */
  host: string;
  app: string;
  /** PROCID. */
  process: number;
  /** Bytes of a message; 480 must be taken by every receiver, 2048 should be. */
  bytesMax: number;
}

/** One message. Values and text may hold anything. */
export interface SyslogMessage {
  level: SyslogLevel;
  /** RFC 3339. */
  time: string;
  /** MSGID: up to 32 characters of printable ASCII. */
  id: string;
  /** Structured data: names of ours, values as they came. */
  data: readonly (readonly [string, string])[];
  text: string;
}

/** The structured data's name. 32473 is the enterprise number for examples (RFC 5612): there is no registered one. */
const dataId = 'sekisho@32473';

/** Characters of a value: at first, and at least when the message is too long. */
const valueLengths = [1024, 512, 256, 128, 64, 32];
/** Bytes that the text keeps before values are cut. */
const textBytesMin = 200;

const bom = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * One message of RFC 5424, one line whatever is in it: control characters and marks that turn the direction of text are written
 * as `\u{hex}`. When it is too long, values are cut, then the text, then the structured data is left out.
 */
export function syslogMessage(sender: SyslogSender, { level, time, id, data, text }: SyslogMessage): Buffer {
  const { facility, host, app, process, bytesMax } = sender;
  const priority = facilities.indexOf(facility) * 8 + severities[level];
  const header = `<${priority}>1 ${time} ${host} ${app} ${process} ${id}`;
  const body = bodyOf(text);
  const room = Math.min(body.length, textBytesMin);
  const candidates = valueLengths.map((length) => Buffer.from(`${header} ${structured(data, length)} `));
  const head = candidates.find(({ length }) => length + room <= bytesMax) ?? Buffer.from(`${header} - `);
  return Buffer.concat([head, cut(body, bytesMax - head.length)]);
}

/** RFC 5424 6.4: text that is more than ASCII begins with a byte order mark. */
function bodyOf(text: string): Buffer {
  const body = Buffer.from(printable(text));
  return body.some((byte) => byte > 0x7f) ? Buffer.concat([bom, body]) : body;
}

function structured(data: SyslogMessage['data'], lengthMax: number): string {
  const parameters = data.map(([name, value]) => ` ${name}="${escaped(shortened(printable(value), lengthMax))}"`);
  return `[${dataId}${parameters.join('')}]`;
}

/** RFC 5424 6.3.3. */
const escaped = (value: string) => value.replace(/[\\"\]]/g, '\\$&');

function shortened(value: string, lengthMax: number): string {
  if (value.length <= lengthMax) return value;
  // Not in the middle of a character of two units.
  return `${value.slice(0, lengthMax - 3).replace(/[\ud800-\udbff]$/, '')}...`;
}

/** The first bytes, without a part of a character at their end. */
function cut(text: Buffer, bytesMax: number): Buffer {
  if (text.length <= bytesMax) return text;
  let end = Math.max(0, bytesMax);
  while (end > 0 && ((text[end] ?? 0) & 0xc0) === 0x80) end--;
  return text.subarray(0, end);
}
