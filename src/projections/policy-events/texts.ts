import { failureName, isFailureKind } from '../../events/failure-names.ts';
import type { AmbiguityFact, MalwareFact, UnscannableFact, Verdict } from '../../events/scan.ts';
import type { Message, Said } from '../log-entries/entry.ts';
import { foundBy } from '../messages/found-by.ts';
import { wordFor } from '../messages/words.ts';
import { ambiguityWords } from './ambiguity-words.ts';
import type { MessageFacts, ScanFacts } from './facts.ts';
import { unscannableWords } from './unscannable-words.ts';

/** Findings and recipients that a sentence names; the rest is counted. */
const namedMax = 3;

type Language = keyof Message;
const languages: readonly Language[] = ['ja', 'en'];

/** Both sentences, each made by one function. */
function inBoth(say: (language: Language) => string): Message {
  const [ja = '', en = ''] = languages.map(say);
  return { ja, en };
}

/** What was found in a message, and what the virus rule does: malware, and what could not be scanned. */
export function verdictSaid(verdict: Verdict, { reply, message }: ScanFacts): Said {
  const said = inBoth((language) => {
    const found = [
      ...malwareText(verdict.malware, language),
      ...ambiguousText(verdict.ambiguous ?? [], language),
      ...unscannableText(verdict.unscannable, language),
      ...ruleText(verdict, language),
    ];
    const left = found.length - namedMax;
    const more = { ja: `ほか${left}種`, en: `${left} more of other kinds` };
    const named = [...found.slice(0, namedMax), ...(left > 0 ? [more[language]] : [])];
    return sentence(named.join(language === 'ja' ? '、' : '; '), details(verdict, reply, message, language), language);
  });
  return { ...said, level: 'warning' };
}

/** A message that was told to come again, for trouble of ours. */
export function deferredSaid({ reply, failure, message, trigger }: ScanFacts): Said {
  const answer = reply ? `${reply.code} ${reply.text}` : '451 Email rejected for a scanning error.';
  const isTooLong = trigger?.type?.startsWith('xstate.after.') ?? false;
  const said = inBoth((language) => {
    const late = language === 'ja' ? '処理時間の上限を超過' : 'it took too long';
    const why = failure ? nameOf(failure) : isTooLong ? late : (trigger?.error?.message ?? '');
    const what = { ja: `メッセージの受信を一時的に拒否しました (${answer})`, en: `Message deferred (${answer})` };
    const cause = { ja: `理由: ${why}`, en: `Reason: ${why}` };
    return sentence(
      what[language],
      [...(why === '' ? [] : [cause[language]]), ...mailText(message, language)],
      language,
    );
  });
  return { ...said, level: 'warning' };
}

const nameOf = (kind: string) => (isFailureKind(kind) ? failureName(kind) : kind);

function sentence(what: string, more: readonly string[], language: Language): string {
  return language === 'ja' ? `${what}。${more.join('、')}` : `${what}. ${more.join('; ')}`.trimEnd();
}

function malwareText(malware: readonly MalwareFact[], language: Language): string[] {
  return grouped(malware, ({ name }) => name).map(([name, files]) => {
    const where = listed(files, language);
    const by = malware.find((found) => found.name === name && found.server !== undefined);
    const who = by === undefined ? '' : ` (${foundBy(by, language)})`;
    if (language === 'ja')
      return where === ''
        ? `マルウェア ${name} を検出しました${who}`
        : `${where} でマルウェア ${name} を検出しました${who}`;
    return where === '' ? `Malware ${name} was found${who}` : `Malware ${name} was found in ${where}${who}`;
  });
}

function unscannableText(facts: readonly UnscannableFact[], language: Language): string[] {
  return grouped(facts, ({ reason }) => reason).map(([reason, files]) => {
    const where = listed(files, language);
    const why = unscannableWords[reason]?.[language] ?? reason;
    if (language === 'ja') return `${where === '' ? 'メッセージ' : where} を検索できませんでした (${why})`;
    return `${where === '' ? 'The message' : where} could not be scanned (${why})`;
  });
}

function ambiguousText(facts: readonly AmbiguityFact[], language: Language): string[] {
  return grouped(facts, ({ reason }) => reason).map(([reason, files]) => {
    const where = listed(files, language);
    const why = ambiguityWords[reason as AmbiguityFact['reason']]?.[language] ?? reason;
    if (language === 'ja')
      return `${where === '' ? 'メッセージ' : where} の解釈がメールソフトにより異なります (${why})`;
    return `${where === '' ? 'The message' : where} is read differently by different programs (${why})`;
  });
}

/** The rule of the policy that was the one. */
function ruleText({ rule, ruleFiles = [] }: Verdict, language: Language): string[] {
  if (rule === undefined) return [];
  const where = listed([...new Set(ruleFiles.map(({ path }) => path.join('/')))], language);
  if (language === 'ja') return [`${where === '' ? 'メッセージ' : where} にルール ${rule} を適用しました`];
  return [`Rule ${rule} applies to ${where === '' ? 'the message' : where}`];
}

/** The files of each name or reason, in the order in which they were found. */
function grouped<Fact extends { path: readonly string[] }>(
  facts: readonly Fact[],
  by: (fact: Fact) => string,
): [name: string, files: string[]][] {
  const groups = Map.groupBy(facts, by);
  return [...groups].map(([name, found]) => [
    name,
    [...new Set(found.map(({ path }) => path.join('/')).filter((path) => path !== ''))],
  ]);
}

/** The first of them, and how many more. */
function listed(names: readonly string[], language: Language, count = names.length): string {
  const shown = names.slice(0, namedMax);
  const left = count - shown.length;
  if (left <= 0) return shown.join(', ');
  return language === 'ja' ? `${shown.join(', ')} ほか${left}件` : `${shown.join(', ')} and ${left} more`;
}

function details(
  { action, also = [], recipient }: Verdict,
  reply: ScanFacts['reply'],
  message: MessageFacts | undefined,
  language: Language,
): string[] {
  const done = [action, ...also].map((each) => wordFor('action', each, language));
  const isDeferred = reply !== undefined && reply !== null && reply.code >= 400 && action !== 'reject';
  const answer = reply ? `${reply.code} ${reply.text}` : '';
  const to = recipient === undefined ? '' : ` (${recipient})`;
  if (language === 'ja')
    return [
      `処理: ${done.join('・')}${to}`,
      ...(isDeferred ? [`処理は完了していません (${answer})`] : []),
      ...mailText(message, language),
    ];
  return [
    `Action: ${done.join(', ')}${to}`,
    ...(isDeferred ? [`not carried out (${answer})`] : []),
    ...mailText(message, language),
  ];
}

function mailText(message: MessageFacts | undefined, language: Language): string[] {
  if (message === undefined) return [];
  const { mailFrom, recipients = [], recipientCount = recipients.length, messageId } = message;
  const to = listed(
    recipients.map((each) => `<${each}>`),
    language,
    recipientCount,
  );
  const names = language === 'ja' ? ['送信者', '受信者', 'メッセージID'] : ['from', 'to', 'message id'];
  const values = [mailFrom === undefined ? '' : `<${mailFrom}>`, to, messageId ? `<${messageId}>` : ''];
  return values.flatMap((value, index) => (value === '' ? [] : [`${names[index]}: ${value}`]));
}
