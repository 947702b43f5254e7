import type { Envelope } from '../../events/envelope.ts';
import type { Verdict } from '../../events/scan.ts';
import { type MessageScanInput, type ScanReply, scanningError } from '../../machines/message-scan.ts';
import type { Message } from '../log-entries/entry.ts';
import { wordFor } from '../messages/words.ts';
import type { LogLine } from './lines.ts';

/** What is known of a message that is being scanned. */
export interface OpenMessage {
  /** Of the last event that said something of it. */
  id: string;
  time: string;
  input: Partial<MessageScanInput>;
  verdict?: Pick<Verdict, 'verdict' | 'method' | 'action' | 'rule'> & { malware: readonly string[] };
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

/**
 * Notes what an event says of a message in `open`; the last event of a scan makes its line. A message that a process had in hand
 * when it was killed gets its line when the next one starts: its verdict is on disk, its reply may not be.
 */
export function messageLine(open: Map<string, OpenMessage>, event: Envelope): LogLine[] {
  const { type, correlationid: guid } = event;
  if (type.startsWith('sekisho.service.starting.')) {
    const unfinished = [...open].map(([each, known]) => lineOf(each, known, undefined));
    open.clear();
    return unfinished;
  }
  if (guid === undefined || !wantsForMessage(type)) return [];
  const { input, verdict, reply } = event.data as Data;
  const { id, time } = event;
  const known: OpenMessage = { input: {}, ...open.get(guid), id, time, ...(input && { input: ofInput(input) }) };
  if (verdict) known.verdict = ofVerdict(verdict);
  open.delete(guid);
  if (isEnd(type)) return [lineOf(guid, known, { ...event.data, reply: reply ?? scanningError })];
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

function ofVerdict({ verdict, method, action, rule, malware }: Verdict): NonNullable<OpenMessage['verdict']> {
  const names = [...new Set(malware.map(({ name }) => name))];
  return { verdict, method, action, ...(rule !== undefined && { rule }), malware: names.slice(0, namesMax) };
}

/** How it ended. */
type End = Pick<Data, 'failure' | 'elapsedMs'> & { reply: ScanReply };

/** @param end undefined when that is not known */
function lineOf(guid: string, { id, time, input, verdict }: OpenMessage, end: End | undefined): LogLine {
  const reply = end && `${end.reply.code} ${end.reply.text}`;
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
    ['rule', verdict?.rule],
    ['malware', verdict?.malware.join(',') || undefined],
    ['failure', end?.failure],
    ['reply', reply],
    ['ms', end?.elapsedMs],
  ];
  const isPassed = verdict?.verdict === 'clean' && verdict.action === 'pass';
  const isFine = isPassed && end !== undefined && end.reply.code < 400;
  return {
    ...{ id, time, level: isFine ? 'information' : 'warning', kind: 'message' },
    facts: facts.flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, String(value)]])),
    message: textOf(verdict, reply),
  };
}

function textOf(verdict: OpenMessage['verdict'], reply: string | undefined): Message {
  const said = (language: keyof Message) => {
    if (verdict === undefined) return reply === undefined ? '' : wordFor('outcome', 'deferred', language);
    const found = [wordFor('verdict', verdict.verdict, language), ...verdict.malware].join(' ');
    return `${found}, ${wordFor('action', verdict.action, language)}`;
  };
  const ended = (language: keyof Message) => reply ?? wordFor('outcome', 'unfinished', language);
  const both = (language: keyof Message) => [said(language), ended(language)].filter((part) => part !== '').join(': ');
  return { ja: both('ja'), en: both('en') };
}
