import { printable } from '../events/printable.ts';
import type { Added } from '../sps/data/add-signatures.ts';
import type { SourceReport } from '../sps/data/commit-import.ts';
import { algorithms } from '../sps/data/entry.ts';
import type { FileReport, ImportReport } from '../sps/data/import-files.ts';
import type { RulesReport } from '../sps/data/import-rules.ts';
import { type MergeCounts, noCounts } from '../sps/data/merge-entries.ts';

/** What an import did, for people: lines for each file, then for each source. */
export function reportText({ files, sources }: ImportReport): string {
  const isLocal = files.some(({ read }) => read.sha1 + read.md5 > 0);
  const note = 'MD5 and SHA-1 went into the local patterns only: servers are asked by SHA-256\n';
  return [...files.map(fileText), ...sources.map(sourceText), ...(isLocal ? [note] : [])].join('');
}

function fileText({ file, read, bad, info, leftOut }: FileReport): string {
  const about = info === '' ? '' : ` (${printable(info)})`;
  const lines = [
    `${printable(file)}${about}: read ${read.sha256} SHA-256, ${read.sha1} SHA-1, ${read.md5} MD5, ${bad} bad lines`,
  ];
  if (leftOut.size > 0)
    lines.push(
      `left out, as only clamd can use it: ${[...leftOut].map(([ending, count]) => `${count} of ${printable(ending)}`).join(', ')}`,
    );
  return `${lines.join('\n  ')}\n`;
}

const words: readonly [keyof MergeCounts, string][] = [
  ['changed', 'changed'],
  ['unchanged', 'known'],
  ['removed', 'not said any more'],
  ['expired', 'expired'],
];

function sourceText({ source, counts, holds }: SourceReport): string {
  const sum = algorithms.reduce((total, algorithm) => addCounts(total, counts[algorithm]), noCounts());
  const smart = counts.sha256 ? `, ${counts.sha256.added} of them SHA-256` : '';
  const others = words.filter(([name]) => sum[name] > 0).map(([name, word]) => `, ${sum[name]} ${word}`);
  const agent = sum.agent > 0 ? `; ${sum.agent} new in the agent pattern` : '';
  return `source ${printable(source)}: ${sum.added} new${smart}${others.join('')}${agent}; holds ${holds}\n`;
}

function addCounts(sum: MergeCounts, counts: MergeCounts = noCounts()): MergeCounts {
  const names = Object.keys(sum) as (keyof MergeCounts)[];
  return Object.assign({}, ...names.map((name) => ({ [name]: sum[name] + counts[name] })));
}

/** What an import of rules did. */
export function rulesText({ rules, added }: RulesReport, agent: boolean): string {
  return addedText(rules === 0 ? 'no rules: those of this name are gone' : `${rules} YARA rules`, added, agent);
}

/** What an import of one thing did. */
export function addedText(what: string, { conventional, agent: toAgent }: Added, agent: boolean): string {
  const isNew = (count: number) => (count > 0 ? 'new' : 'there already');
  return `${what}; ${isNew(conventional)} in the conventional pattern${agent ? `, ${isNew(toAgent)} in the agent pattern` : ''}`;
}
