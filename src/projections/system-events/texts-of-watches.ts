import type { Envelope } from '../../events/envelope.ts';
import type { Message } from '../log-entries/entry.ts';
import { because, type Rules, value } from './rule.ts';

/** The journal's room, those of quarantine and archive, and certificates. Told when it gets near and when it is over, not again by a restart. */
export const watchTexts: Rules = {
  'journal.nearly-full': { once: 'nearly-full', say: (event) => nearlyFull(event) },
  'journal.roomy': {
    ends: ['nearly-full'],
    onlyAfter: ['nearly-full'],
    say: () => ({ ja: 'ジャーナルの空き容量は再び十分です。', en: 'The journal has enough room again.' }),
  },
  'quarantine.full': {
    once: 'full',
    say: (event) => ({
      ja: `${place(event).ja}がいっぱいです。${place(event).fate}メールは452で拒否され、送信側に残ります。`,
      en: `The ${place(event).en} is full. Mail that should go there is answered 452 and stays with its sender.`,
    }),
  },
  'quarantine.failing': {
    once: 'failing',
    say: (event) =>
      because(
        value(event, 'reason'),
        `${place(event).ja}を管理できません`,
        `The ${place(event).en} cannot be looked after`,
      ),
  },
  'quarantine.open': {
    ends: ['full', 'failing'],
    onlyAfter: ['full', 'failing'],
    say: (event) => ({
      ja: `${place(event).ja}に再び空きがあります。`,
      en: `There is room in the ${place(event).en} again.`,
    }),
  },
  'quarantine.expired': { say: (event) => expired(event) },
  'certificate.near-its-end': {
    once: 'near-its-end',
    ends: ['over'],
    say: (event) => ({
      ja: `証明書 (${name(event)}) の有効期限まで残り${value(event, 'days')}日です (${value(event, 'end')})。`,
      en: `The certificate of ${name(event)} has ${value(event, 'days')} days left (${value(event, 'end')}).`,
    }),
  },
  'certificate.over': {
    once: 'over',
    say: (event) => ({
      ja: `証明書 (${name(event)}) の有効期限が切れています (${value(event, 'end')})。`,
      en: `The certificate of ${name(event)} has expired (${value(event, 'end')}).`,
    }),
  },
  'certificate.good': {
    ends: ['near-its-end', 'over'],
    onlyAfter: ['near-its-end', 'over'],
    say: (event) => ({
      ja: `証明書 (${name(event)}) は更新されました (有効期限 ${value(event, 'end')})。`,
      en: `The certificate of ${name(event)} has been renewed (until ${value(event, 'end')}).`,
    }),
  },
};

const name = (event: Envelope) => value(event, 'certificate');

/** The quarantine, or an archive of the virus rule. */
function place({ data }: Envelope) {
  return data.archive === undefined
    ? { ja: '隔離フォルダ', en: 'quarantine', fate: '隔離すべき', kept: '隔離メール' }
    : { ja: 'アーカイブフォルダ', en: 'archive', fate: 'アーカイブすべき', kept: 'アーカイブのメール' };
}

function expired(event: Envelope): Message {
  const { ids, why } = (event.data.trigger ?? {}) as { ids?: readonly string[]; why?: string };
  const { ja, en, kept } = place(event);
  const count = ids?.length ?? 0;
  return why === 'room'
    ? {
        ja: `${ja}の空きを確保するため、最も古いメール${count}件を削除しました。`,
        en: `The oldest messages in ${en}, ${count}, were deleted to make room.`,
      }
    : {
        ja: `保存期間を過ぎた${kept}${count}件を削除しました。`,
        en: `Messages that were in ${en} for long enough, ${count}, were deleted.`,
      };
}

function nearlyFull(event: Envelope): Message {
  const percent = value(event, 'percent');
  if (value(event, 'short') === 'disk') {
    return {
      ja: `ジャーナルのディスクの空き容量が少なくなっています (使用率${percent}%)。`,
      en: `The disk of the journal has little room left (${percent}% used).`,
    };
  }
  const reader = value(event, 'heldBy');
  return {
    ja: `ジャーナルがまもなく一杯になります (${percent}%)。${reader} が読み取っていないイベントは削除できません。`,
    en: `The journal is nearly full (${percent}%): events that ${reader} has not read cannot be deleted.`,
  };
}
