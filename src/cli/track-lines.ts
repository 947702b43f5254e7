import { styleText } from 'node:util';
import { printable } from '../events/printable.ts';
import type { MalwareFact } from '../events/scan.ts';
import type { Message } from '../projections/log-entries/entry.ts';
import { recipientsText } from '../projections/messages/columns.ts';
import { foundBy } from '../projections/messages/found-by.ts';
import type { MessageEntry, Outcome, Try } from '../projections/messages/message.ts';
import type { TrackedFile } from '../projections/messages/rows.ts';
import { wordFor } from '../projections/messages/words.ts';
import { padded } from './text-table.ts';

type Language = keyof Message;

/** One step on the way: when, what, and lines that say more. */
interface Step {
  time: string;
  name: Message;
  lines: readonly string[];
}

/** Recipients that are named; the rest is a number. */
const recipientsShownMax = 10;

const colours: Readonly<Record<Outcome, 'green' | 'yellow' | 'red'>> = {
  delivered: 'green',
  ...{ quarantined: 'yellow', deleted: 'yellow', unfinished: 'yellow' },
  ...{ deferred: 'red', rejected: 'red' },
};

/** The way of a message for a terminal: what it is, then each try, step by step. */
export function trackLines(message: MessageEntry, language: Language): string[] {
  return [
    ...headLines(message, language),
    ...message.tries.flatMap((each, index) => tryLines(each, index, message, language)),
  ];
}

function headLines({ last, tries, deferrals, since, until }: MessageEntry, language: Language): string[] {
  const queueIds = [...new Set(tries.flatMap(({ queueId }) => queueId ?? []))];
  const { ja, en } = {
    ja: `${wordFor('outcome', last.outcome, 'ja')}、${tries.length}回受信、うち${deferrals}回一時拒否、${since}から${until}まで`,
    en: `${last.outcome}; came ${times(tries.length)}, deferred ${times(deferrals)}, from ${since} to ${until}`,
  };
  const rows: readonly (readonly [Message, string])[] = [
    [{ ja: 'メッセージID', en: 'Message-ID' }, last.messageId ?? '-'],
    [{ ja: 'キューID', en: 'queue id' }, queueIds.join(' ') || '-'],
    [{ ja: '送信者', en: 'from' }, `<${last.mailFrom}>`],
    [{ ja: '受信者', en: 'to' }, recipientsText(last, recipientsShownMax)],
    [{ ja: '件名', en: 'subject' }, last.subject ?? '-'],
    [{ ja: '結果', en: 'outcome' }, language === 'ja' ? ja : en],
  ];
  return rows.map(([name, text]) => `${padded(name[language], 14)}${printable(text)}`);
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
const times = (count: number) => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

function tryLines(each: Try, index: number, { tries }: MessageEntry, language: Language): string[] {
  const outcome = wordFor('outcome', each.outcome, language);
  const number = `${index + 1}/${tries.length}`;
  const title = printable(`${number}  ${outcome}  ${each.guid}  ${each.source}`);
  return [
    '',
    styleText(colours[each.outcome], title, { stream: process.stdout }),
    ...stepsOf(each, language).flatMap(({ time, name, lines: [first = '', ...more] }) => [
      `  ${time}  ${padded(name[language], 12)}${printable(first)}`,
      ...more.map((line) => `${' '.repeat(40)}${printable(line)}`),
    ]),
  ];
}

/** In the order in which they happened. */
function stepsOf(each: Try, language: Language): Step[] {
  const { failures, verdict, end } = each;
  return [
    received(each, language),
    unpacked(each, language),
    ...failures.map(({ time, server, kind }) => ({
      time,
      name: { ja: '応答なし', en: 'no answer' },
      lines: [`${server}: ${kind}`],
    })),
    ...(verdict ? [decided(each, verdict, language)] : []),
    ...(end ? [answered(end, isNextHops(each))] : []),
  ];
}

function received({ time, client, clientName, helo, size }: Try, language: Language): Step {
  const from = clientName === null ? `[${client}]` : `${clientName} [${client}]`;
  const greeting = helo === null || helo === '' ? '' : ` HELO ${helo}`;
  const line = language === 'ja' ? `${from}${greeting}、${size}バイト` : `from ${from}${greeting}, ${size} bytes`;
  return { time, name: { ja: '受信', en: 'received' }, lines: [line] };
}

function unpacked({ unpacked: time, elapsedMs, files, fileCount, asked, askedCount }: Try, language: Language): Step {
  const { ja, en } = {
    ja: `${fileCount}ファイル、照会が必要なハッシュ${askedCount}件`,
    en: `${counted(fileCount, 'file', 'files')}, ${counted(askedCount, 'hash', 'hashes')} to ask about`,
  };
  return {
    time,
    name: { ja: '展開', en: 'unpacked' },
    lines: [
      `${language === 'ja' ? ja : en}${after(elapsedMs)}`,
      ...files.flatMap((file) => fileLines(file, asked, language)),
      ...(fileCount > files.length ? [`+${fileCount - files.length}`] : []),
    ],
  };
}

function fileLines({ path, size, place, sha256 }: TrackedFile, asked: readonly string[], language: Language): string[] {
  const mark = language === 'ja' ? '照会対象' : 'asked about';
  return [
    language === 'ja' ? `${path.join('/')} (${size}バイト、${place})` : `${path.join('/')} (${size} bytes, ${place})`,
    ...sha256.map((hash) => `  ${hash}${asked.includes(hash) ? ` ${mark}` : ''}`),
  ];
}

function decided({ asked }: Try, verdict: NonNullable<Try['verdict']>, language: Language): Step {
  const {
    time,
    elapsedMs,
    method,
    action,
    also = [],
    recipient,
    malware,
    ambiguous = [],
    unscannable,
    servers,
    patternVersion,
  } = verdict;
  const actions = [action, ...also].map((each) => wordFor('action', each, language)).join(', ');
  const to = recipient === undefined ? '' : ` <${recipient}>`;
  const pattern = patternVersion
    ? language === 'ja'
      ? ` (パターン ${patternVersion})`
      : ` (pattern ${patternVersion})`
    : '';
  const answer =
    language === 'ja' ? `応答: ${servers.join(' ')}${pattern}` : `answered by ${servers.join(' ')}${pattern}`;
  return {
    time,
    name: { ja: '判定', en: 'verdict' },
    lines: [
      `${wordFor('verdict', verdict.verdict, language)} (${wordFor('method', method, language)})${after(elapsedMs)}`,
      ...(asked.length > 0 && servers.length > 0 ? [answer] : []),
      ...malware.map((found) => malwareLine(found, language)),
      ...more(verdict.malwareCount - malware.length),
      ...[...ambiguous, ...unscannable].map(({ path, reason }) => `${path.join('/')}: ${reason}`),
      ...more(verdict.unscannableCount - unscannable.length),
      language === 'ja' ? `処理: ${actions}${to}` : `action: ${actions}${to}`,
    ],
  };
}

function malwareLine(found: MalwareFact, language: Language): string {
  return `${found.path.join('/')}: ${found.name} (${foundBy(found, language)})`;
}

const more = (count: number) => (count > 0 ? [`+${count}`] : []);

/** Actions that end with us; for any other the reply is the next hop's. */
const endingActions: ReadonlySet<string> = new Set(['quarantine', 'delete_message', 'reject']);
const isNextHops = ({ verdict }: Try) => verdict !== undefined && !endingActions.has(verdict.action);

function answered({ time, elapsedMs, reply, failure }: NonNullable<Try['end']>, isNextHop: boolean): Step {
  const name = isNextHop ? { ja: '次のホップ', en: 'next hop' } : { ja: '応答', en: 'reply' };
  const why = failure === undefined ? '' : ` (${failure})`;
  return { time, name, lines: [`${reply.code} ${reply.text}${why}${after(elapsedMs)}`] };
}

const after = (elapsedMs: number | undefined) => (elapsedMs === undefined ? '' : ` +${elapsedMs} ms`);
