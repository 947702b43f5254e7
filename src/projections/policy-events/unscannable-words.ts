import type { Message } from '../log-entries/entry.ts';

/** Why something could not be read; another reason stands for itself. */
export const unscannableWords: Readonly<Record<string, Message>> = {
  encrypted: { ja: '暗号化', en: 'encrypted' },
  unsupported: { ja: '未対応の形式', en: 'a format that is not unpacked' },
  damaged: { ja: '破損', en: 'damaged' },
  partial: { ja: '分割メッセージ', en: 'a part of a message' },
  external: { ja: 'メッセージ外の内容', en: 'content that is not in the message' },
  crashed: { ja: '読み取りの異常終了', en: 'the reader crashed' },
  refused: { ja: 'サーバによる照会の拒否', en: 'the server refused the query' },
  'too-deep': { ja: '階層の上限を超過', en: 'nested too deep' },
  'too-many-files': { ja: 'ファイル数の上限を超過', en: 'too many files' },
  'too-many-parts': { ja: 'パート数の上限を超過', en: 'too many parts' },
  'too-large': { ja: 'サイズの上限を超過', en: 'too large' },
  ratio: { ja: '圧縮率の上限を超過', en: 'compressed too much' },
  'too-slow': { ja: '時間の上限を超過', en: 'too slow to read' },
};
