import { printable } from '../../events/printable.ts';
import type { Verdict } from '../../events/scan.ts';
import { malwareNames, troubleWords, unscannableReasons } from './verdict-words.ts';

/** The text that stands in place of a removed attachment, in English and Japanese. Its name came with the mail, so it is escaped. */
export function removalNotice(name: string, verdict: Verdict, signed: boolean): string {
  const shown = printable(name);
  const { en, ja } = reason(verdict);
  return [
    `The attachment "${shown}" was removed by the mail gateway, because ${en}.`,
    ...(signed ? ['The message was signed or encrypted: its signature no longer verifies.'] : []),
    '',
    `添付ファイル「${shown}」はメールゲートウェイによって削除されました。`,
    ja,
    ...(signed ? ['このメッセージは署名または暗号化されていたため、署名の検証に失敗します。'] : []),
    '',
  ].join('\n');
}

function reason(verdict: Verdict): { en: string; ja: string } {
  if (verdict.malware.length === 0) {
    if (verdict.verdict === 'clean')
      return {
        en: 'the rules of this organisation do not allow it',
        ja: '理由: 組織のポリシーにより許可されていません。',
      };
    const reasons = unscannableReasons(verdict);
    if (reasons === '') {
      const ambiguity = troubleWords(verdict, (_, why) => why);
      return {
        en: `mail programs read this message differently: ${ambiguity}`,
        ja: `理由: メールソフトにより解釈が異なるメッセージです (${ambiguity})。`,
      };
    }
    return {
      en: `this message could not be scanned as a whole: ${reasons}`,
      ja: `理由: メッセージの一部を検索できませんでした (${reasons})。`,
    };
  }
  const names = printable(malwareNames(verdict));
  return {
    en: `malware was found in this message: ${names}`,
    ja: `理由: このメッセージから不正プログラムが検出されました (${names})。`,
  };
}
