import type { Message } from '../log-entries/entry.ts';

type Words = Readonly<Record<string, Message>>;
type Language = keyof Message;

/** What the words of the log are called in both languages. */
const words: Readonly<Record<'outcome' | 'verdict' | 'method' | 'action' | 'by', Words>> = {
  outcome: {
    delivered: { ja: '配信', en: 'delivered' },
    quarantined: { ja: '隔離', en: 'quarantined' },
    deleted: { ja: '削除', en: 'deleted' },
    rejected: { ja: '拒否', en: 'rejected' },
    deferred: { ja: '一時拒否', en: 'deferred' },
    unfinished: { ja: '未完了', en: 'unfinished' },
  },
  verdict: {
    clean: { ja: '検出なし', en: 'clean' },
    malware: { ja: 'マルウェア', en: 'malware' },
    ambiguous: { ja: '解釈不定', en: 'ambiguous' },
    unscannable: { ja: '検索不能', en: 'unscannable' },
  },
  method: {
    smart: { ja: 'スマートスキャン', en: 'smart scan' },
    conventional: { ja: '従来型スキャン', en: 'conventional scan' },
  },
  action: {
    pass: { ja: 'そのまま配信', en: 'passed' },
    tag: { ja: 'タグを挿入', en: 'tagged' },
    delete_attachment: { ja: '添付ファイルを削除', en: 'attachment deleted' },
    delete_all_attachments: { ja: 'すべての添付ファイルを削除', en: 'all attachments deleted' },
    change_recipient: { ja: '受信者を変更', en: 'recipient changed' },
    quarantine: { ja: '隔離', en: 'quarantined' },
    delete_message: { ja: 'メッセージを削除', en: 'message deleted' },
    reject: { ja: '受信を拒否', en: 'rejected' },
    tag_subject: { ja: '件名にタグを挿入', en: 'subject tagged' },
    add_header: { ja: 'Xヘッダを挿入', en: 'header added' },
    archive: { ja: 'コピーをアーカイブ', en: 'copy archived' },
    notify_administrator: { ja: '管理者に通知', en: 'administrator notified' },
    notify_recipient: { ja: '受信者に通知', en: 'recipient notified' },
    notify_sender: { ja: '送信者に通知', en: 'sender notified' },
  },
  by: {
    agent: { ja: 'スマートスキャンエージェントパターンファイル', en: 'agent pattern' },
    server: { ja: 'スマートスキャンサーバ', en: 'server' },
    conventional: { ja: '従来型パターンファイル', en: 'conventional pattern' },
  },
};

/** A word of the log for people; one that is not known here, of a newer program, as it is. */
export function wordFor(kind: keyof typeof words, word: string, language: Language): string {
  return words[kind][word]?.[language] ?? word;
}
