import type { Envelope } from '../../events/envelope.ts';
import { type Rules, silent, value } from './rule.ts';

const required = (event: Envelope) => event.data.required === true;

/** A clamd as one gateway sees it. An outage begins when it is left alone and ends when it answers. */
export const engineTexts: Rules = {
  'engine.failing': {
    once: 'failing',
    say: (event) => ({
      ja: `clamd (${value(event, 'server')}) への検索要求に失敗しました: ${value(event, 'failure')}`,
      en: `clamd (${value(event, 'server')}) did not answer: ${value(event, 'failure')}`,
    }),
  },
  'engine.cached-invalid': {
    once: 'unavailable',
    say: (event) => ({
      level: 'error',
      ja: `clamd (${value(event, 'server')}) が利用できません。${value(event, 'cacheSeconds')}秒ごとに確認します。ほかに利用できるclamdがない間、メールは${required(event) ? '451で一時的に拒否されます' : 'clamdなしで検索されます'}。`,
      en: `clamd (${value(event, 'server')}) is not available; it is tried every ${value(event, 'cacheSeconds')} seconds. While there is no other clamd, mail is ${required(event) ? 'deferred (451)' : 'scanned without it'}.`,
    }),
  },
  'engine.healthy': {
    ends: ['unavailable', 'failing'],
    onlyAfter: ['unavailable'],
    say: (event) => ({
      ja: `clamd (${value(event, 'server')}) が回復しました。`,
      en: `clamd (${value(event, 'server')}) has recovered.`,
    }),
  },
  'engine.probing': silent,
};
