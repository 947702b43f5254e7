import { type ComponentProblem, componentProblems } from '../../events/component-problem.ts';
import type { Envelope } from '../../events/envelope.ts';
import { value } from './rule.ts';

/** Why a component was not taken, for people; `level` where it is more than a warning. */
export const problemTexts: Readonly<Record<ComponentProblem, { ja: string; en: string; level?: 'error' }>> = {
  interrupted: {
    ja: 'ダウンロードが中断されました。次回は続きから再開します',
    en: 'the download broke off; the next one goes on from there',
  },
  corrupted: { ja: 'ファイルが破損しています', en: 'a file is not what the manifest says' },
  malformed: { ja: 'マニフェストが正しくありません', en: 'the manifest is none of this component' },
  'wrongly-signed': {
    ja: '信頼できる鍵で署名されていません',
    en: 'it is signed by no key that is trusted',
    level: 'error',
  },
  'no-key': {
    ja: '署名を確認する鍵がありません',
    en: 'there is no key to verify signatures with',
    level: 'error',
  },
  'replayed-older': {
    ja: '以前に確認したものより古いバージョンが配信されています',
    en: 'an older version than one that was seen is offered',
    level: 'error',
  },
  'disk-full': { ja: 'ディスクの空き容量がありません', en: 'the disk is full', level: 'error' },
  'not-stored': { ja: 'ディスクに保存できません', en: 'it cannot be stored', level: 'error' },
  'too-large': { ja: '制限より大きすぎます', en: 'it is over the limits' },
  'does-not-load': { ja: '読み込めません', en: 'it cannot be loaded', level: 'error' },
  'probe-failed': {
    ja: '動作確認に失敗しました',
    en: 'it misses what it must find, or finds what it must not',
    level: 'error',
  },
  'rolled-back': {
    ja: 'このバージョンは前のバージョンに戻されています',
    en: 'this version was rolled back here',
  },
  'nothing-before': { ja: '前のバージョンがありません', en: 'there is no version before' },
};

/** Which refusal an event tells of; undefined: none, as when the source does not answer. */
export function problemOf(event: Envelope): ComponentProblem | undefined {
  const kind = value(event, 'trigger.error.kind');
  return componentProblems.find((problem) => problem === kind);
}
