import type { Envelope } from '../../events/envelope.ts';
import type { Said } from '../log-entries/entry.ts';
import { always, because, type Rules, reason, silent, value } from './rule.ts';

/** The scan service and the actors that it is made of. */
export const serviceTexts: Rules = {
  'service.starting': silent,
  'service.restarting': silent,
  'service.draining': silent,
  'service.stopping': silent,
  'service.running': { say: (event) => running(event) },
  'service.ended': always('スキャンサービスを停止しました。', 'The scan service has stopped.'),
  'service.broken': {
    say: (event) => because(reason(event), 'スキャンサービスを開始できません', 'The scan service cannot start'),
  },
  'supervisor.start-child': silent,
  'supervisor.stop-child': silent,
  'supervisor.child-restarted': {
    say: (event) =>
      because(
        reason(event),
        '内部の処理が失敗したため、再開しました',
        'A part of the gateway failed and was started anew',
      ),
  },
  'supervisor.given-up': {
    say: (event) =>
      because(
        reason(event),
        '内部の処理が繰り返し失敗したため、プログラムを終了します',
        'A part of the gateway failed again and again, so the program ends',
      ),
  },
};

function running(event: Envelope): Said {
  const from = value(event, 'from');
  if (from === 'Starting') return { ja: 'スキャンサービスを開始しました。', en: 'The scan service has started.' };
  if (from === 'Draining') return { ja: 'スキャンサービスを再起動しました。', en: 'The scan service has restarted.' };
  const said = because(
    reason(event),
    'スキャンサービスを再起動できませんでした',
    'The scan service could not be restarted',
  );
  return { ...said, level: 'error' };
}
