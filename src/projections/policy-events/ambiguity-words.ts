import type { AmbiguityReason } from '../../events/scan.ts';
import type { Message } from '../log-entries/entry.ts';

/** Why programs read a message differently. */
export const ambiguityWords: Readonly<Record<AmbiguityReason, Message>> = {
  'conflicting-content-type': { ja: '矛盾するContent-Type', en: 'Content-Type fields contradict each other' },
  'conflicting-boundary': { ja: '矛盾する境界文字列', en: 'boundaries contradict each other' },
  'missing-boundary': { ja: '境界文字列の指定なし', en: 'a multipart that names no boundary' },
  'conflicting-encoding': { ja: '矛盾するエンコーディング指定', en: 'transfer encodings contradict each other' },
  'unknown-encoding': { ja: '不明なエンコーディング指定', en: 'a file under an unknown transfer encoding' },
  'lying-encoding': { ja: '指定と異なるエンコーディング', en: 'a file that is encoded otherwise than it says' },
  'broken-encoding': { ja: '不正なBase64', en: 'base64 that goes on where some programs stop' },
  'encoded-multipart': { ja: 'エンコードされたマルチパート', en: 'a multipart that is encoded as a whole' },
  'header-in-body': { ja: '本文の先頭のヘッダ', en: 'a header at the beginning of a body' },
  'hidden-part': { ja: '隠されたパート', en: 'a part that not all programs see' },
  'hidden-in-header': { ja: 'ヘッダ内のファイル', en: 'a file within a header' },
  'hidden-in-preamble': { ja: '最初のパートより前のファイル', en: 'a file before the first part' },
  'hidden-in-epilogue': { ja: '最後のパートより後のファイル', en: 'a file after the last part' },
  'odd-line-ends': { ja: '不正な改行', en: 'line ends that not all programs take for such' },
  'nul-bytes': { ja: 'NULバイト', en: 'NUL bytes within headers' },
};
