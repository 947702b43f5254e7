import type { Actor, ActPhase, AdminAct } from '../../events/audit.ts';
import type { Envelope } from '../../events/envelope.ts';
import type { ChangedSetting } from '../../events/settings-change.ts';
import type { Message, Said } from '../log-entries/entry.ts';

/** Changed settings that are named in the sentence; all are in the entry's data. */
const namedMax = 5;

const acts: Readonly<Record<AdminAct, Message>> = {
  'quarantine-release': { ja: '隔離メッセージの解放', en: 'Release from quarantine' },
  'quarantine-delete': { ja: '隔離メッセージの削除', en: 'Deletion from quarantine' },
  'projections-rebuild': { ja: 'プロジェクションの再構築', en: 'Rebuild of views' },
  'parked-retry': { ja: '保留イベントの再処理', en: 'Retry of parked events' },
  'sps-import': { ja: 'シグネチャのインポート', en: 'Import of signatures' },
  'sps-source': { ja: 'シグネチャの提供元の変更', en: 'Change of a source of signatures' },
  'sps-override': { ja: '誤検出の登録', en: 'Override of a false positive' },
  'sps-client': { ja: 'クライアントの鍵または証明書の発行', en: 'Key or certificate for a client' },
  'sps-export': { ja: 'レピュテーション情報のKafkaへの書き出し', en: 'Export of reputation entries to Kafka' },
  'sps-publish': { ja: 'コンポーネントの公開', en: 'Publication of components' },
  'sps-key': { ja: 'コンポーネントの署名鍵の更新', en: 'Rotation of the key that signs components' },
  'console-token': { ja: '管理APIのトークンの変更', en: 'Change of a token of the admin API' },
  'kafka-init': { ja: 'Kafkaトピックの作成', en: 'Creation of topics' },
  'notify-test': { ja: '通知のテスト', en: 'Test of notifications' },
  backup: { ja: 'バックアップ', en: 'Backup' },
  restore: { ja: 'バックアップからの復元', en: 'Restore from a backup' },
  'privacy-erase': { ja: '個人データの消去', en: 'Erasure of personal data' },
};

const phases: Readonly<Record<ActPhase, Message>> = {
  begun: { ja: 'を開始しました', en: 'has begun' },
  done: { ja: 'が完了しました', en: 'is done' },
  failed: { ja: 'に失敗しました', en: 'has failed' },
};

/** Who did it, in words; empty when nobody knows. */
function whoText(actor: Actor): string {
  if (actor.kind === 'signal') return 'SIGHUP';
  if (actor.kind === 'command') return actor.givenBy ?? '';
  const { user, uid, sudoUser, host } = actor;
  return `${sudoUser === null ? user : `${sudoUser} (sudo: ${user})`}@${host}, uid ${uid}`;
}

/** Both sentences, with who did it. */
function by(who: string, { ja, en }: Message): Message {
  return who === '' ? { ja: `${ja}。`, en: `${en}.` } : { ja: `${ja} (実行者: ${who})。`, en: `${en} (by ${who}).` };
}

/** What the audit log says of an event; undefined when there is nothing to say. */
export function saidOf(event: Envelope): Said | undefined {
  const [, kind, name] = /^sekisho\.([^.]+)\.(.+)\.v\d+$/.exec(event.type) ?? [];
  if (kind === 'settings') return settingsSaid(event);
  return kind === 'admin' ? actSaid(event, name as AdminAct) : undefined;
}

function settingsSaid({ data }: Envelope): Said | undefined {
  const note = data as { at: string; by: Actor; changes?: readonly ChangedSetting[] };
  // Retention had deleted the last word on them: nothing has happened.
  if (note.at === 'kept') return undefined;
  const who = whoText(note.by);
  if (note.changes === undefined)
    return by(who, { ja: '設定の記録を開始しました', en: 'The settings in force were recorded for the first time' });
  const named = note.changes.slice(0, namedMax).map(changeText).join('; ');
  const more = note.changes.length - namedMax;
  return by(who, {
    ja: `設定が変更されました: ${named}${more > 0 ? `; ほか${more}件` : ''}`,
    en: `Settings were changed: ${named}${more > 0 ? `; and ${more} more` : ''}`,
  });
}

function changeText({ section, key, before, after, from, secret }: ChangedSetting): string {
  const values = secret ? '(secret)' : `${before ?? 'default'} → ${after ?? 'default'}`;
  return `[${section}] ${key}: ${values} (${from})`;
}

function actSaid({ data }: Envelope, what: AdminAct): Said {
  const { phase, who, target, before, after, reason } = data as Record<string, string | null> & {
    phase: ActPhase;
    who: Actor;
  };
  const act = acts[what] ?? { ja: what, en: what };
  const object = target == null ? '' : `: ${target}`;
  const change = before == null || after == null ? '' : ` [${before} → ${after}]`;
  const why = reason == null ? '' : `: ${reason}`;
  return by(whoText(who), {
    ja: `${act.ja}${phases[phase].ja}${object}${change}${why}`,
    en: `${act.en} ${phases[phase].en}${object}${change}${why}`,
  });
}

const outcomes: Readonly<Record<string, Message>> = {
  Running: { ja: 'を開始しました', en: 'has begun' },
  Done: { ja: 'を実行しました', en: 'was carried out' },
  Refused: { ja: 'を拒否しました', en: 'was refused' },
  Failed: { ja: 'に失敗しました', en: 'has failed' },
};

/** What the audit log says of a command to gateways. @param givenBy CloudEvents source of who gave it, if that is known */
export function commandSaid({ type, subject, data }: Envelope, givenBy: string | null): Said {
  const { state, order, reason, command } = data as {
    state?: string;
    order?: { kind: string; component?: string } | null;
    reason?: string | null;
    command?: string;
  };
  const kind = order?.kind ?? type.replace(/^sekisho\.command\.|\.v\d+$/g, '');
  const component = order?.component ?? data.component;
  const name = [kind, ...(typeof component === 'string' ? [component] : [])].join(' ');
  const id = command ?? subject.replace(/^command\//, '');
  const outcome = outcomes[state ?? ''] ?? { ja: 'を受け付けました', en: 'was given' };
  const why = reason == null ? '' : `: ${reason}`;
  return by(givenBy ?? '', {
    ja: `コマンド ${name} (${id}) ${outcome.ja}${why}`,
    en: `Command ${name} (${id}) ${outcome.en}${why}`,
  });
}
