import type { Envelope } from '../../events/envelope.ts';
import type { Message, Said } from '../log-entries/entry.ts';
import { problemOf, problemTexts } from './component-problems.ts';
import { because, type Rules, reason, silent, value } from './rule.ts';

const component = (event: Envelope) => value(event, 'component');

/** With what kind of refusal it was, where it was one: the message alone is English, and has details. */
function failed(event: Envelope, ja: string, en: string): Said {
  const problem = problemOf(event);
  if (problem === undefined) return because(reason(event), ja, en);
  const { level, ...why } = problemTexts[problem];
  const said: Message = because(reason(event), `${ja} (${why.ja})`, `${en} (${why.en})`);
  return level === undefined ? said : { ...said, level };
}

/** A server that does not answer must not hide that somebody offers a forged pattern. */
const kindOf = (event: Envelope) => problemOf(event) ?? '';

/** Local components. A check that fails again and again is told once for each kind of trouble, until one succeeds. */
export const componentTexts: Rules = {
  'updater.checking': silent,
  'updater.waiting': silent,
  'updater.rolling-back': silent,
  'updater.current': {
    ends: ['failed', 'stale', 'rolled-back'],
    onlyAfter: ['failed', 'stale'],
    say: (event) => ({
      ja: `コンポーネント ${component(event)} は再び最新です。`,
      en: `Component ${component(event)} is up to date again.`,
    }),
  },
  'updater.updated': {
    ends: ['failed', 'stale', 'rolled-back'],
    say: (event) => ({
      ja: `コンポーネント ${component(event)} をバージョン ${value(event, 'version')} に更新しました。`,
      en: `Component ${component(event)} was updated to version ${value(event, 'version')}.`,
    }),
  },
  'updater.failed': {
    ...{ once: 'failed', kindOf },
    say: (event) =>
      failed(
        event,
        `コンポーネント ${component(event)} を更新できませんでした`,
        `Component ${component(event)} could not be updated`,
      ),
  },
  'updater.stale': {
    ...{ once: 'stale', kindOf },
    say: (event) =>
      failed(
        event,
        `コンポーネント ${component(event)} が古すぎるか、ありません`,
        `Component ${component(event)} is too old or missing`,
      ),
  },
  // Once for each version that is refused, however often the source still offers it.
  'updater.rolled-back': {
    once: 'rolled-back',
    kindOf: (event) => value(event, 'heldBack'),
    ends: ['failed', 'stale'],
    say: (event) => ({
      ja: `コンポーネント ${component(event)} をバージョン ${value(event, 'version')} に戻しました。バージョン ${value(event, 'heldBack')} は使用しません。`,
      en: `Component ${component(event)} was rolled back to version ${value(event, 'version')}; version ${value(event, 'heldBack')} is refused.`,
    }),
  },
  'updater.not-rolled-back': {
    say: (event) =>
      failed(
        event,
        `コンポーネント ${component(event)} を前のバージョンに戻せませんでした`,
        `Component ${component(event)} could not be rolled back`,
      ),
  },
};
