import type { AmbiguityReason } from '../events/scan.ts';
import type { Message } from '../projections/log-entries/entry.ts';
import { ambiguityWords } from '../projections/policy-events/ambiguity-words.ts';
import { unscannableWords } from '../projections/policy-events/unscannable-words.ts';

type Language = keyof Message;

/** Words of `sekisho scan` and `sekisho policy test`. */
const words = {
  bytes: { ja: 'バイト', en: 'bytes' },
  declared: { ja: '宣言された型', en: 'declared' },
  names: { ja: '別の名前', en: 'also named' },
  malware: { ja: '不正プログラム', en: 'MALWARE' },
  clean: { ja: '検出なし', en: 'clean' },
  ambiguous: { ja: '解釈不定', en: 'AMBIGUOUS' },
  unscannable: { ja: '検索不能', en: 'UNSCANNABLE' },
  undecided: { ja: '未確認', en: 'NOT DECIDED' },
  ask: { ja: 'サーバへの照会が必要', en: 'a server would be asked' },
  known: { ja: 'サーバに照会済み', en: 'the server knows nothing of it' },
  failed: { ja: '照会できませんでした', en: 'no server answered' },
  noPattern: { ja: 'パターンがないため判定できません', en: 'no pattern: nothing can be called clean' },
} as const satisfies Readonly<Record<string, Message>>;

export function scanWord(word: keyof typeof words, language: Language): string {
  return words[word][language];
}

/** Why something could not be read. */
export function unscannableWord(reason: string, language: Language): string {
  return unscannableWords[reason]?.[language] ?? reason;
}

/** Why something is ambiguous. */
export function ambiguityWord(reason: AmbiguityReason, language: Language): string {
  return ambiguityWords[reason][language];
}
