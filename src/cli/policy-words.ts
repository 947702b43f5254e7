import type { Message } from '../projections/log-entries/entry.ts';

type Language = keyof Message;

/** Words of `sekisho policy`. */
const words = {
  none: { ja: 'ルールはありません。', en: 'There are no rules.' },
  rule: { ja: 'ルール', en: 'rule' },
  conditions: { ja: '条件', en: 'conditions' },
  action: { ja: '処理', en: 'action' },
  also: { ja: '追加の処理', en: 'also' },
  always: { ja: 'すべてのメッセージ', en: 'every message' },
  message: { ja: 'メッセージ', en: 'Message' },
  from: { ja: '送信者', en: 'from' },
  client: { ja: '接続元', en: 'client' },
  files: { ja: 'ファイル数', en: 'files' },
  nothing: { ja: 'なし', en: 'nothing' },
  missing: { ja: 'なし', en: 'there is none' },
  wouldAsk: { ja: 'サーバへの照会', en: 'Servers would be asked' },
  hashes: { ja: '件のハッシュ値', en: 'hashes' },
  recipients: { ja: '受信者', en: 'Recipients' },
  apart: {
    ja: '(同じトランザクションでは 452: 個別に送信されます)',
    en: '(452 in one transaction with those above: sent apart)',
  },
  yes: { ja: '一致', en: 'matches' },
  no: { ja: '不一致', en: 'does not match' },
  holds: { ja: '該当', en: 'yes' },
  fails: { ja: '非該当', en: 'no' },
  one_file: { ja: '1つのファイルがすべての条件を満たす', en: 'one file meets all of them' },
  notLooked: { ja: '以降のルールは評価されません', en: 'The rules after it are not looked at' },
  noRule: { ja: '一致するルールはありません', en: 'No rule matches' },
  verdict: { ja: '判定', en: 'Verdict' },
  reply: { ja: '応答', en: 'Reply' },
  deferred: { ja: '451 (判定に必要なパターンがありません)', en: '451 (there is no pattern to decide by)' },
  told: { ja: '通知先', en: 'told' },
  untold: { ja: '通知しない宛先', en: 'not told' },
  settled: {
    ja: 'サーバへの照会なし: エージェントパターンで判定します',
    en: 'No server is asked: the agent pattern decides',
  },
  both: {
    ja: '(ウイルスルールの処理と比べ、強いほうを適用します)',
    en: '(the strongest of this rule and of the virus rule for what was found)',
  },
  assumed: {
    ja: 'サーバが何も検出しないと仮定しています。--query で照会します',
    en: 'taken as if no server knew any of them; --query asks',
  },
} as const satisfies Readonly<Record<string, Message>>;

export function policyWord(word: keyof typeof words, language: Language): string {
  return words[word][language];
}
