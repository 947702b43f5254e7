import type { Envelope } from '../../events/envelope.ts';
import type { Verdict } from '../../events/scan.ts';
import { type MessageScanInput, type ScanReply, scanningError } from '../../machines/message-scan.ts';
import type { Message } from '../log-entries/entry.ts';
import { wordFor } from '../messages/words.ts';
import type { LogLine } from './lines.ts';

/** What is known of a message that is being scanned. */
export interface OpenMessage {
  input: Partial<MessageScanInput>;
  verdict?: Pick<Verdict, 'verdict' | 'method' | 'action'> & { malware: readonly string[] };
}

/** Scans at one time are far fewer; one that was cut off never ends, and is forgotten when so many came after it. */
const openMax = 10_000;

/** Malware and recipients that a line names; the rest is counted. */
const namesMax = 20;

const types = ['agent-pattern', 'conventional', 'verdict', 'answered', 'deferred'].map(
  (name) => `sekisho.scan.${name}.`,
);

/** Whether an event says something of a message's line. */
export function wantsForMessage(type: string): boolean {
  return type === 'sekisho.service.starting.v1' || types.some((beginning) => type.startsWith(beginning));
}

/** Notes what an event says of a message in `open`; the last event of a scan makes its line. */
export function messageLine(open: Map<string, OpenMessage>, event: Envelope): LogLine[] {
  const { type, correlationid: guid } = event;
  // Another process: what the one before had in hand will never be answered.
  if (type.startsWith('sekisho.service.starting.')) open.clear();
  if (guid === undefined || !wantsForMessage(type)) return [];
  const { input, verdict, reply } = event.data as Data;
  const known: OpenMessage = { input: {}, ...open.get(guid), ...(input && { input: ofInput(input) }) };
  if (verdict) known.verdict = ofVerdict(verdict);
  open.delete(guid);
  if (isEnd(type)) return [lineOf(event, guid, known, reply ?? scanningError)];
  open.set(guid, known);
  if (open.size > openMax) open.delete(open.keys().next().value ?? '');
  return [];
}

interface Data {
  input?: MessageScanInput;
  verdict?: Verdict | null;
  reply?: ScanReply | null;
  failure?: string | null;
  elapsedMs?: number;
}

const isEnd = (type: string) => /\.(answered|deferred)\.v/.test(type);

function ofInput({ size, mailFrom, recipients, recipientCount, client, queueId, messageId }: MessageScanInput) {
  return { size, mailFrom, recipients: recipients.slice(0, namesMax), recipientCount, client, queueId, messageId };
}

function ofVerdict({ verdict, method, action, malware }: Verdict): NonNullable<OpenMessage['verdict']> {
  const names = [...new Set(malware.map(({ name }) => name))];
  return { verdict, method, action, malware: names.slice(0, namesMax) };
}

function lineOf(event: Envelope, guid: string, { input, verdict }: OpenMessage, reply: ScanReply): LogLine {
  const { failure, elapsedMs } = event.data as Data;
  const facts: [string, string | number | null | undefined][] = [
    ['guid', guid],
    ['queueId', input.queueId],
    ['messageId', input.messageId],
    ['from', input.mailFrom === '' ? '<>' : input.mailFrom],
    ['to', input.recipients?.join(',')],
    ['recipients', input.recipientCount],
    ['client', input.client],
    ['size', input.size],
    ['verdict', verdict?.verdict],
    ['method', verdict?.method],
    ['action', verdict?.action],
    ['malware', verdict?.malware.join(',') || undefined],
    ['failure', failure],
    ['reply', `${reply.code} ${reply.text}`],
    ['ms', elapsedMs],
  ];
  const isFine = event.type.includes('.answered.') && reply.code < 400 && verdict?.verdict === 'clean';
  return {
    ...{ id: event.id, time: event.time, level: isFine ? 'information' : 'warning', kind: 'message' },
    facts: facts.flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, String(value)]])),
    message: textOf(verdict, reply),
  };
}

function textOf(verdict: OpenMessage['verdict'], { code, text }: ScanReply): Message {
  const said = (language: keyof Message) =>
    verdict === undefined
      ? wordFor('outcome', 'deferred', language)
      : [
          [wordFor('verdict', verdict.verdict, language), ...verdict.malware].join(' '),
          wordFor('action', verdict.action, language),
        ].join(', ');
  return { ja: `${said('ja')}: ${code} ${text}`, en: `${said('en')}: ${code} ${text}` };
}
