import type { Envelope } from '../../events/envelope.ts';
import { always, because, type Rules, reason, silent, value } from './rule.ts';

/** Where a relay leads, in both languages. */
const receivers = {
  kafka: { ja: 'Kafka', en: 'Kafka' },
  syslog: { ja: 'syslogサーバ', en: 'the syslog server' },
};
const receiver = ({ subject }: Envelope) => receivers[subject === 'relay/syslog' ? 'syslog' : 'kafka'];
/** A sentence that begins with the receiver. */
const itsReceiver = (event: Envelope) => receiver(event).en.replace(/^the/, 'The');

/** What failed at the receiver, and what to do about it, where we know. */
const failure = (event: Envelope) =>
  [value(event, 'failure.message'), value(event, 'failure.remedy')].filter((part) => part !== '').join('; ');

/** The way of the log to Kafka, or to a syslog server. */
export const relayTexts: Rules = {
  'relay.relaying': {
    say: (event) =>
      because(
        value(event, 'input.crash'),
        `${receiver(event).ja}へイベントを送信しています`,
        `Events are being sent to ${receiver(event).en}`,
      ),
  },
  'relay.away': {
    say: (event) =>
      because(
        failure(event),
        `${receiver(event).ja}に接続できません。イベントはジャーナルに保存されます`,
        `${itsReceiver(event)} cannot be reached; events are kept in the journal`,
      ),
  },
  'relay.refused': {
    say: (event) =>
      because(failure(event), `${receiver(event).ja}に拒否されました`, `${itsReceiver(event)} refuses the gateway`),
  },
  'relay.stuck': {
    say: (event) =>
      because(
        failure(event),
        `${receiver(event).ja}がイベントを受け付けません`,
        `${itsReceiver(event)} cannot take the events`,
      ),
  },
  'relay.gap': {
    say: (event) => {
      const [from, to] = [value(event, 'trigger.expected'), value(event, 'trigger.found')];
      return {
        ja: `${receiver(event).ja}へ送信する前に、ジャーナルのイベントが失われました (${from}から${to}の前まで)。`,
        en: `Events of the journal, from ${from} to before ${to}, were gone before they could be sent to ${receiver(event).en}.`,
      };
    },
  },
  'relay.put-aside': {
    say: (event) =>
      because(
        value(event, 'trigger.reason'),
        'Kafkaに送信できないイベントをデッドレターに移しました',
        'An event that its topic does not take was put into the dead letters',
      ),
  },
  'relay.stopped': silent,
};

const projection = (event: Envelope) => value(event, 'projection');

/** The views that are made of the log. */
export const projectionTexts: Rules = {
  'projection.live': {
    ends: ['failing'],
    onlyAfter: ['failing'],
    say: (event) => ({
      ja: `プロジェクション ${projection(event)} は再び最新です。`,
      en: `Projection ${projection(event)} is up to date again.`,
    }),
  },
  'projection.catching-up': silent,
  'projection.stopped': silent,
  'projection.failing': {
    once: 'failing',
    say: (event) =>
      because(
        reason(event),
        `プロジェクション ${projection(event)} を更新できません`,
        `Projection ${projection(event)} cannot be kept up to date`,
      ),
  },
  'projection.parked': {
    say: (event) =>
      because(
        reason(event),
        `プロジェクション ${projection(event)} が処理できないイベントを保留しました`,
        `Projection ${projection(event)} put aside what it cannot fold`,
      ),
  },
  'projection.lost': {
    say: (event) => ({
      ja: `プロジェクション ${projection(event)} が読む前に、イベントが失われました。`,
      en: `Events were gone before projection ${projection(event)} read them.`,
    }),
  },
};

const command = (event: Envelope) => value(event, 'command') || event.subject.replace(/^command\//, '');

/** Commands to all gateways, and what came of them at each. */
export const commandTexts: Rules = {
  'command.restart': always('再起動のコマンドを受け付けました。', 'The command to restart was given.'),
  'command.deploy-component': {
    say: (event) => ({
      ja: `コンポーネント ${value(event, 'component')} を配信するコマンドを受け付けました。`,
      en: `The command to deploy component ${value(event, 'component')} was given.`,
    }),
  },
  'command.rollback-component': {
    say: (event) => ({
      ja: `コンポーネント ${value(event, 'component')} を前のバージョンに戻すコマンドを受け付けました。`,
      en: `The command to roll component ${value(event, 'component')} back was given.`,
    }),
  },
  'command.forget-answers': always(
    '保持している応答を破棄するコマンドを受け付けました。',
    'The command to forget kept answers was given.',
  ),
  'command.running': silent,
  'command.done': {
    say: (event) => ({
      ja: `コマンド ${command(event)} を実行しました。`,
      en: `Command ${command(event)} was carried out.`,
    }),
  },
  'command.refused': {
    say: (event) =>
      because(
        value(event, 'reason'),
        `コマンド ${command(event)} は実行されませんでした`,
        `Command ${command(event)} was not carried out`,
      ),
  },
  'command.failed': {
    say: (event) =>
      because(value(event, 'reason'), `コマンド ${command(event)} が失敗しました`, `Command ${command(event)} failed`),
  },
};
