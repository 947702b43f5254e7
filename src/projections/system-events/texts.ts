import type { Envelope } from '../../events/envelope.ts';
import type { Message } from './entry.ts';

type Text = (event: Envelope) => Message | undefined;

const silent: Text = () => undefined;
const text = (event: Envelope, name: string): string => {
  const value = event.data[name];
  return value === undefined || value === null ? '' : String(value);
};
const inner = (event: Envelope, name: string, field: string): string => {
  const value = (event.data[name] as Record<string, unknown> | null | undefined)?.[field];
  return value === undefined || value === null ? '' : String(value);
};
/** What the trigger says of the failure: the reason of ours or the message of an error. */
const reason = (event: Envelope): string => {
  const trigger = event.data.trigger as { error?: { message?: string }; reason?: string } | undefined;
  return trigger?.reason ?? trigger?.error?.message ?? '';
};
const withReason = (sentence: string, why: string) => (why === '' ? sentence : `${sentence}: ${why}`);

/**
 * What the system event log says of an event, by type without `sekisho.` and `.v1`; those of servers have rules of their own
 * (`outage.ts`). Silent ones are steps that an administrator need not know of.
 */
export const texts: Readonly<Record<string, Text>> = {
  'service.starting': silent,
  'service.running': (event) =>
    event.data.from === 'Starting'
      ? { ja: 'スキャンサービスを開始しました。', en: 'The scan service has started.' }
      : { ja: 'スキャンサービスを再起動しました。', en: 'The scan service has restarted.' },
  'service.restarting': silent,
  'service.draining': silent,
  'service.stopping': silent,
  'service.ended': () => ({ ja: 'スキャンサービスを停止しました。', en: 'The scan service has stopped.' }),
  'service.broken': (event) => ({
    ja: withReason('スキャンサービスを開始できません', reason(event)),
    en: withReason('The scan service cannot start', reason(event)),
  }),
  'updater.checking': silent,
  'updater.current': silent,
  'updater.updated': (event) => ({
    ja: `コンポーネント ${text(event, 'component')} をバージョン ${text(event, 'version')} に更新しました。`,
    en: `Component ${text(event, 'component')} was updated to version ${text(event, 'version')}.`,
  }),
  'updater.failed': (event) => ({
    ja: withReason(`コンポーネント ${text(event, 'component')} を更新できませんでした`, reason(event)),
    en: withReason(`Component ${text(event, 'component')} could not be updated`, reason(event)),
  }),
  'updater.stale': (event) => ({
    ja: withReason(`コンポーネント ${text(event, 'component')} が古すぎるか、ありません`, reason(event)),
    en: withReason(`Component ${text(event, 'component')} is too old or missing`, reason(event)),
  }),
  'supervisor.start-child': silent,
  'supervisor.stop-child': silent,
  'supervisor.child-restarted': () => ({
    ja: '内部の処理が失敗したため、再開しました。',
    en: 'A part of the gateway failed and was started anew.',
  }),
  'supervisor.given-up': () => ({
    ja: '内部の処理が繰り返し失敗したため、プログラムを終了します。',
    en: 'A part of the gateway failed again and again: the program ends.',
  }),
  'relay.relaying': () => ({ ja: 'Kafkaへイベントを送信しています。', en: 'Kafka takes the events.' }),
  'relay.away': (event) => ({
    ja: withReason('Kafkaに接続できません。イベントはジャーナルに保存されます', inner(event, 'failure', 'reason')),
    en: withReason('Kafka cannot be reached; events are kept in the journal', inner(event, 'failure', 'reason')),
  }),
  'relay.refused': (event) => ({
    ja: withReason('Kafkaに拒否されました', inner(event, 'failure', 'reason')),
    en: withReason('Kafka refuses the gateway', inner(event, 'failure', 'reason')),
  }),
  'relay.stuck': (event) => ({
    ja: withReason('Kafkaへイベントを送信できません', inner(event, 'failure', 'reason')),
    en: withReason('Kafka cannot take the events', inner(event, 'failure', 'reason')),
  }),
  'relay.gap': () => ({
    ja: 'Kafkaへ送信する前に、ジャーナルのイベントが失われました。',
    en: 'Events of the journal were gone before they could be sent to Kafka.',
  }),
  'relay.put-aside': () => ({
    ja: 'Kafkaに送信できないイベントをデッドレターに移しました。',
    en: 'An event that its topic does not take was put into the dead letters.',
  }),
  'relay.stopped': silent,
  'projection.live': silent,
  'projection.catching-up': silent,
  'projection.stopped': silent,
  'projection.failing': (event) => ({
    ja: withReason(`プロジェクション ${text(event, 'projection')} を更新できません`, reason(event)),
    en: withReason(`Projection ${text(event, 'projection')} cannot be kept up to date`, reason(event)),
  }),
  'projection.parked': (event) => ({
    ja: withReason(`プロジェクション ${text(event, 'projection')} がイベントを処理できません`, reason(event)),
    en: withReason(`Projection ${text(event, 'projection')} cannot fold an event and put it aside`, reason(event)),
  }),
  'projection.lost': (event) => ({
    ja: `プロジェクション ${text(event, 'projection')} が読む前に、イベントが失われました。`,
    en: `Events were gone before projection ${text(event, 'projection')} read them.`,
  }),
};

/** The name by which `texts` knows an event: without the prefix and the version. */
export function shortName(type: string): string {
  return type.replace(/^sekisho\./, '').replace(/\.v\d+$/, '');
}

/** What is said of a type that has no text: only what is wrong is worth a line. */
export function unknownText(event: Envelope): Message | undefined {
  if (event.severitytext !== 'ERROR' && event.severitytext !== 'WARN') return undefined;
  const name = `${shortName(event.type)} (${event.subject})`;
  return { ja: name, en: name };
}
