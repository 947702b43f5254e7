import type { Message } from '../log-entries/entry.ts';
import type { MessageEntry } from './message.ts';
import { wordFor } from './words.ts';

/** A column of the log of message tracking, in tables and in CSV. */
export interface MessageColumn {
  /** Of CSV and JSON: the same in all languages. */
  name: string;
  heading: Message;
  /** Not escaped: names came with the mail. */
  text(message: MessageEntry, language: keyof Message): string;
}

/** An address as it is written in an envelope. */
const path = (address: string) => `<${address}>`;

/** The recipients that the log has, and how many more there were. */
export function recipientsText({ recipients, recipientCount }: MessageEntry['last'], shownMax: number): string {
  const shown = recipients.slice(0, shownMax).map(path).join(' ');
  const more = recipientCount - Math.min(recipients.length, shownMax);
  return more > 0 ? `${shown} +${more}` : shown;
}

/** In the order of the table. Of the newest try, but for the number of deferrals. */
export const messageColumns: readonly MessageColumn[] = [
  { name: 'time', heading: { ja: '日時', en: 'TIME' }, text: ({ last }) => last.time },
  { name: 'from', heading: { ja: '送信者', en: 'FROM' }, text: ({ last }) => path(last.mailFrom) },
  { name: 'to', heading: { ja: '受信者', en: 'TO' }, text: ({ last }) => recipientsText(last, 1) },
  {
    name: 'outcome',
    heading: { ja: '結果', en: 'OUTCOME' },
    text: ({ last }, language) => wordFor('outcome', last.outcome, language),
  },
  {
    name: 'deferrals',
    heading: { ja: '一時拒否回数', en: 'DEFERRALS' },
    text: ({ deferrals }) => String(deferrals),
  },
  {
    name: 'verdict',
    heading: { ja: '検索結果', en: 'VERDICT' },
    text: ({ last: { verdict } }, language) => (verdict ? wordFor('verdict', verdict.verdict, language) : ''),
  },
  {
    name: 'action',
    heading: { ja: '処理', en: 'ACTION' },
    text: ({ last: { verdict } }, language) => (verdict ? wordFor('action', verdict.action, language) : ''),
  },
  {
    name: 'reply',
    heading: { ja: '応答', en: 'REPLY' },
    text: ({ last: { end } }) => (end ? `${end.reply.code} ${end.reply.text}` : ''),
  },
  { name: 'messageId', heading: { ja: 'メッセージID', en: 'MESSAGE-ID' }, text: ({ last }) => last.messageId ?? '' },
  { name: 'queueId', heading: { ja: 'キューID', en: 'QUEUE-ID' }, text: ({ last }) => last.queueId ?? '' },
  { name: 'guid', heading: { ja: 'GUID', en: 'GUID' }, text: ({ last }) => last.guid },
  { name: 'subject', heading: { ja: '件名', en: 'SUBJECT' }, text: ({ last }) => last.subject ?? '' },
];
