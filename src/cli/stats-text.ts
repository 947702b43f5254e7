import { printable } from '../events/printable.ts';
import type { Counts } from '../projections/statistics/counts.ts';
import type { Period } from '../projections/statistics/summary.ts';
import { type PeriodFigures, periodFigures, type Times } from './stats-figures.ts';
import { padded, table } from './text-table.ts';

type Language = 'ja' | 'en';

/** Names of malware in the table; JSON has all that were counted. */
const malwareShownMax = 20;

const words = {
  en: {
    ...{ none: 'Nothing was counted in this time.', from: 'from', messages: 'messages', bytes: 'bytes' },
    ...{ verdicts: 'verdicts', methods: 'methods', actions: 'actions', deferred: 'deferred', replies: 'replies' },
    ...{
      scan: 'dot to verdict',
      reply: 'dot to reply',
      failovers: 'failovers',
      server: 'server',
      answered: 'answered',
      kept: 'kept answers for',
    },
    ...{ failed: 'failed', trips: 'cached as invalid', unavailable: 'not asked', malware: 'malware', other: 'others' },
    ...{ clean: 'clean', ambiguous: 'ambiguous', unscannable: 'unscannable', refused: 'refused' },
  },
  ja: {
    ...{ none: 'この期間の統計はありません。', from: '開始', messages: 'メッセージ', bytes: 'バイト' },
    ...{ verdicts: '判定', methods: '検索方法', actions: '処理', deferred: '一時拒否', replies: '応答' },
    ...{
      scan: '判定までの時間',
      reply: '応答までの時間',
      failovers: 'フェイルオーバー',
      server: 'サーバ',
      answered: '応答あり',
      kept: 'キャッシュの応答',
    },
    ...{ failed: '失敗', trips: '無効', unavailable: '利用不可', malware: '不正プログラム', other: 'その他' },
    ...{ clean: '正常', ambiguous: '解釈不定', unscannable: '検索不能', refused: '拒否' },
  },
} as const;

/** One period in full. */
export function periodText(period: Period | undefined, language: Language): string {
  const word = words[language];
  if (period === undefined) return `${word.none}\n`;
  const figures = periodFigures(period);
  const lines: [string, string][] = [
    [word.messages, `${figures.messages}, ${figures.bytes} ${word.bytes}`],
    [word.verdicts, listed(figures.verdicts)],
    [word.methods, listed(figures.methods)],
    [word.actions, listed(figures.actions)],
    [word.replies, listed(figures.replies)],
    ...kept(figures).map((text): [string, string] => [word.kept, text]),
    [word.deferred, `${figures.deferred}${bracketed(listed(figures.deferrals))}`],
    [word.failovers, String(figures.failovers)],
    [word.scan, timesText(figures.scanMs)],
    ...Object.entries(figures.scanMsBy).map(([name, times]): [string, string] => [`  ${name}`, timesText(times)]),
    [word.reply, timesText(figures.replyMs)],
  ];
  const body = lines.map(([name, text]) => `${padded(name, 24)}${text === '' ? '-' : text}\n`).join('');
  return [`${word.from} ${figures.from}\n`, body, serversTable(figures, word), malwareTable(figures, word)]
    .filter((part) => part !== '')
    .join('\n');
}

/** Only where there were any. */
function kept({ kept: counts = {} }: PeriodFigures): string[] {
  return Object.keys(counts).length === 0 ? [] : [listed(counts)];
}

/** A line for each period. */
export function periodsTable(periods: readonly Period[], language: Language): string {
  const word = words[language];
  if (periods.length === 0) return `${word.none}\n`;
  const headings = [
    ...[word.from, word.messages, word.bytes, word.clean, word.malware, word.ambiguous, word.unscannable],
    ...[word.deferred, word.refused],
    ...['p50 ms', 'p90 ms', 'p99 ms', word.failovers, word.trips],
  ];
  const rows = periods
    .map(periodFigures)
    .map(({ verdicts, replies, scanMs, total, ...figures }) => [
      `${figures.from.slice(0, 16)}Z`,
      ...[figures.messages, figures.bytes, verdicts.clean ?? 0, verdicts.malware ?? 0],
      ...[verdicts.ambiguous ?? 0, verdicts.unscannable ?? 0],
      ...[figures.deferred, replies['5xx'] ?? 0, scanMs.p50 ?? '-', scanMs.p90 ?? '-', scanMs.p99 ?? '-'],
      ...[figures.failovers, total.trips],
    ]);
  return table(
    headings,
    rows.map((row) => row.map(String)),
  );
}

type Words = (typeof words)[Language];

function serversTable({ servers }: PeriodFigures, word: Words): string {
  if (servers.length === 0) return '';
  const headings = [word.server, word.answered, word.failed, word.trips, word.failovers, word.unavailable];
  const rows = servers.map(({ queryMs, ...server }) => [
    ...[printable(server.server), String(server.answered), `${server.failed}${bracketed(listed(server.failures))}`],
    ...[String(server.trips), String(server.failovers), `${Math.round(server.unavailableMs / 1000)} s`],
    ...[queryMs.p50, queryMs.p90, queryMs.p99].map((ms) => String(ms ?? '-')),
  ]);
  return table([...headings, 'p50 ms', 'p90 ms', 'p99 ms'], rows);
}

function malwareTable({ malware, otherMalware }: PeriodFigures, word: Words): string {
  const names = Object.entries(malware);
  if (names.length === 0) return '';
  const others = names.slice(malwareShownMax).reduce((sum, [, count]) => sum + count, otherMalware);
  const rows = names.slice(0, malwareShownMax).map(([name, count]) => [printable(name), String(count)]);
  return table([word.malware, word.messages], others === 0 ? rows : [...rows, [word.other, String(others)]]);
}

function timesText({ count, mean, p50, p90, p99 }: Times): string {
  return count === 0 ? '' : `p50 ${p50} ms, p90 ${p90} ms, p99 ${p99} ms, mean ${mean} ms`;
}

/** The most frequent first. */
function listed(counts: Counts): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${printable(name)} ${count}`).join(', ');
}

const bracketed = (text: string) => (text === '' ? '' : ` (${text})`);
