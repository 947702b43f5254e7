import type { NotificationKind } from '../../events/notification.ts';

const message = `件数: {count} ({since} から {time} まで)
最後のメッセージ:
  送信者: {from}
  受信者: {to}
  件名: {subject}
  ファイル: {file}`;

/** Texts in Japanese; those of the specification in its own words. First line: subject. */
export const japanese: Readonly<Record<NotificationKind, string>> = {
  'server-unavailable': `[Sekisho] お使いのサーバではSmart Protectionサービスが利用できません ({host})

Smart Protection Serverのファイルレピュテーションサービス ({host}) が{seconds}秒間利用できません。

ゲートウェイ: {gateway}
サーバ: {server}
時刻: {time}
`,
  failover: `[Sekisho] 従来型スキャンに切り替えました ({gateway})

Smart Protection Server、または必須のレピュテーションサービスに接続できないため、検索方法をスマートスキャンから従来型スキャンに切り替えました。
サーバが回復すると、自動的にスマートスキャンに戻ります。

ゲートウェイ: {gateway}
時刻: {time}
`,
  'server-recovered': `[Sekisho] Smart Protectionサービスが回復しました ({host})

Smart Protection Serverのファイルレピュテーションサービス ({host}) が回復しました。

ゲートウェイ: {gateway}
サーバ: {server}
時刻: {time}
`,
  'service-unavailable': `[Sekisho] レピュテーションサービスが利用できません ({server})

レピュテーションサービス {server} が{seconds}秒間利用できません ({reason})。
必須 (required) のサービスに接続できない間は従来型スキャンに切り替わるか、メールが一時的に拒否されます。任意 (advisory) のサービスの場合、メールはこのサービスなしで検索されます。

ゲートウェイ: {gateway}
時刻: {time}
`,
  'service-recovered': `[Sekisho] レピュテーションサービスが回復しました ({server})

レピュテーションサービス {server} が回復しました。

ゲートウェイ: {gateway}
時刻: {time}
`,
  'engine-unavailable': `[Sekisho] clamdが利用できません ({server})

clamd ({server}) が応答しません。{seconds}秒ごとに再確認します。
利用できるclamdがない間、メールは一時的に拒否されるか、clamdなしで検索されます ([clamd] required)。

ゲートウェイ: {gateway}
時刻: {time}
`,
  'engine-recovered': `[Sekisho] clamdが回復しました ({server})

clamd ({server}) が再び応答しています。

ゲートウェイ: {gateway}
時刻: {time}
`,
  malware: `[Sekisho] マルウェアを検出しました ({count}件)

マルウェア {malware} を検出しました。

ゲートウェイ: {gateway}
${message}
  処理: {action}
  スキャンID: {scan}
`,
  unscannable: `[Sekisho] スキャンできないメッセージがありました ({count}件)

メッセージをスキャンできませんでした: {reason}

ゲートウェイ: {gateway}
${message}
  処理: {action}
  スキャンID: {scan}
`,
  'update-succeeded': `[Sekisho] コンポーネント {component} を更新しました ({gateway})

コンポーネント {component} をバージョン {version} に更新しました。

ゲートウェイ: {gateway}
時刻: {time}
`,
  'update-failed': `[Sekisho] コンポーネント {component} を更新できませんでした ({gateway})

コンポーネント {component} を更新できませんでした。使用中のバージョン {version} を引き続き使用します。
成功するまで、再度通知することはありません。

理由: {reason}
ゲートウェイ: {gateway}
時刻: {time}
`,
  'pattern-too-old': `[Sekisho] コンポーネント {component} が古すぎるか、ありません ({gateway})

コンポーネント {component} が古すぎるか、ありません。更新に失敗し続けています。

使用中のバージョン: {version}
理由: {reason}
ゲートウェイ: {gateway}
時刻: {time}
`,
  'journal-nearly-full': `[Sekisho] ジャーナルの空きが少なくなっています ({gateway})

ジャーナルがいっぱいになると、メールの受信が452で拒否されます。

使用率: {percent}% ({bytes} / {bytes_max} バイト)
理由: {reason}
ゲートウェイ: {gateway}
時刻: {time}
`,
  'mail-deferred': `[Sekisho] メッセージの配送が{hours}時間以上遅延しています ({count}件)

メッセージが繰り返し451で拒否され、送信元のMTAに残っています。

ゲートウェイ: {gateway}
件数: {count}
最後のメッセージ:
  Message-ID: {message_id}
  送信者: {from}
  受信者: {to}
  件名: {subject}
  最初の遅延: {since}
  最後の遅延: {time}
  理由: {reason}
`,
  'certificate-near-its-end': `[Sekisho] 証明書の有効期限まで{days}日です ({certificate})

証明書 {certificate} の有効期限は {end} です。

ホスト: {host}
ゲートウェイ: {gateway}
時刻: {time}
`,
  'notice-to-recipient': `お客様宛のメッセージで脅威が検出されました

{from} からお客様に送信されたメッセージを、メールゲートウェイが処理しました。

検出: {malware} {reason}
件名: {subject}
ファイル: {file}
処理: {action}
件数: {count}
時刻: {time}

お問い合わせの際は、次のスキャンIDを管理者にお知らせください: {scan}
`,
  'notice-to-sender': `お客様が送信したメッセージで脅威が検出されました

お客様が {to} に送信したメッセージを、メールゲートウェイが処理しました。

検出: {malware} {reason}
件名: {subject}
ファイル: {file}
処理: {action}
件数: {count}
時刻: {time}

お問い合わせの際は、次のスキャンIDを管理者にお知らせください: {scan}
`,
  policy: `[Sekisho] ポリシーのルールに一致するメッセージがありました ({count}件)

ポリシーに従ってメッセージを処理しました: {reason}

ゲートウェイ: {gateway}
${message}
  処理: {action}
  スキャンID: {scan}
`,
  'policy-to-recipient': `お客様宛のメッセージが組織のポリシーに従って処理されました

{from} からお客様に送信されたメッセージを、メールゲートウェイが組織のポリシーに従って処理しました。

件名: {subject}
ファイル: {file}
処理: {action}
件数: {count}
時刻: {time}

お問い合わせの際は、次のスキャンIDを管理者にお知らせください: {scan}
`,
  'policy-to-sender': `お客様が送信したメッセージが組織のポリシーに従って処理されました

お客様が {to} に送信したメッセージを、メールゲートウェイが組織のポリシーに従って処理しました。

件名: {subject}
ファイル: {file}
処理: {action}
件数: {count}
時刻: {time}

お問い合わせの際は、次のスキャンIDを管理者にお知らせください: {scan}
`,
};
