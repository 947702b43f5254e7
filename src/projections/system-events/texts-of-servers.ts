import type { Envelope } from '../../events/envelope.ts';
import { hostOf } from '../../events/server-name.ts';
import type { Said } from '../log-entries/entry.ts';
import { always, type Rule, type Rules, silent, value } from './rule.ts';
import { failoverText, unavailableText } from './specified-texts.ts';
import { serviceText, serviceUnavailable } from './texts-of-services.ts';

/** Whether a server is Healthy only because the scan service was started anew (D10), which says nothing of the server. */
export const isRestart = (event: Envelope): boolean => value(event, 'from') === 'Starting';

const host = (event: Envelope) => hostOf(value(event, 'server'));

/** Who it is, e.g. `Smart Protection Server (sps.example.org)`, the same in both languages. */
function who(event: Envelope): string {
  const service = value(event, 'service');
  return service === '' ? `Smart Protection Server (${host(event)})` : serviceText(value(event, 'server'), service);
}

/** Said of whoever it is, once in an outage. */
function once(name: string, ja: (who: string) => string, en: (who: string) => string): Rule {
  return { once: name, say: (event) => ({ ja: ja(who(event)), en: en(who(event)) }) };
}

/** Smart Protection Servers and other reputation services, each as one gateway sees it. An outage of one begins with the first trip and ends with Healthy. */
export const serverTexts: Rules = {
  'server.cached-invalid': {
    once: 'unavailable',
    holdsSeconds: (event) => Number(value(event, 'cacheSeconds')),
    say(event) {
      const seconds = Number(value(event, 'cacheSeconds'));
      if (value(event, 'service') !== '') return serviceUnavailable(event, seconds);
      return {
        level: 'error',
        ja: unavailableText(host(event), seconds),
        en: `The file reputation service of Smart Protection Server (${host(event)}) is not available for ${seconds} seconds.`,
      };
    },
  },
  'server.failed-over': {
    once: 'failed-over',
    // In logs of 0.1.0, which have no events of the search method, it is an error and stands for the failover.
    say: (event) => (event.severitytext === 'ERROR' ? failover : unreachable(who(event))),
  },
  'server.healthy': {
    ends: ['unavailable', 'failed-over', 'failing', 'throttled', 'refused'],
    isReset: isRestart,
    onlyAfter: ['unavailable', 'failed-over'],
    say: (event) => (isRestart(event) ? reset(who(event)) : recovered(event)),
  },
  // The first of a row; the count is in the view of servers.
  'server.failing': once(
    'failing',
    (name) => `${name} への照会に失敗しました。`,
    (name) => `A query or version check at ${name} failed.`,
  ),
  'server.throttled': once(
    'throttled',
    (name) => `${name} が要求を制限しています。`,
    (name) => `${name} asks for fewer queries.`,
  ),
  'server.credentials-refused': once(
    'refused',
    (name) => `${name} に認証を拒否されました。`,
    (name) => `${name} refuses the credentials.`,
  ),
  'server.left-out': {
    say: (event) => ({
      ja: `Smart Protection Server (${host(event)}) はほかのサーバと異なるパターンを使用しているため、除外されました。`,
      en: `Smart Protection Server (${host(event)}) serves another pattern than the rest of the list and is left out.`,
    }),
  },
  'server.cached-invalid-connecting': silent,
  'server.cached-invalid-reachable': silent,
  'server.throttled-connecting': silent,
  'server.throttled-reachable': silent,
  'server.failed-over-probing': silent,
  'server.failed-over-unrecovered': silent,
  'server.query-answered': silent,
};

const failover: Said = { level: 'error', ja: failoverText, en: 'Failover to conventional scan' };

const unreachable = (name: string) => ({
  ja: `${name} に接続できません。回復するまで使用しません。`,
  en: `${name} cannot be reached. It is not used until it recovers.`,
});

const recovered = (event: Envelope) =>
  value(event, 'service') === ''
    ? {
        ja: `Smart Protection Serverのファイルレピュテーションサービス (${host(event)}) が回復しました。`,
        en: `The file reputation service of Smart Protection Server (${host(event)}) has recovered.`,
      }
    : { ja: `${who(event)} が回復しました。`, en: `${who(event)} has recovered.` };

const reset = (name: string) => ({
  ja: `スキャンサービスの再起動により、${name} の状態をリセットしました。`,
  en: `A restart of the scan service has reset the state of ${name}.`,
});

/** The search method: conventional when no server is left (D16). */
export const methodTexts: Rules = {
  'method.conventional': {
    once: 'failover',
    say: () => failover,
  },
  'method.smart': {
    ...always('スマートスキャンに戻りました。', 'Smart scan is used again.'),
    ends: ['failover'],
    onlyAfter: ['failover'],
  },
  'method.conventional-by-setting': { ends: ['failover'] },
  'method.server-failed-over': silent,
  'method.server-recovered': silent,
  'method.server-left-out': silent,
};
