import { InvalidArgumentError } from 'commander';
import { type Level, levels } from '../../projections/log-entries/entry.ts';

/** The logs, as the log query (ログクエリ) calls them. */
export const logTypes = {
  system: 'システムイベント',
  policy: 'ポリシーイベント',
  tracking: 'メッセージ追跡',
  audit: '監査ログ',
} as const;
export type LogType = keyof typeof logTypes;

const levelNames: Readonly<Record<Level, string>> = { error: 'エラー', warning: '警告', information: '情報' };

/** `system (システムイベント), policy (ポリシーイベント) ...`, for help and errors. */
export const typesHelp = listed(logTypes);
export const levelsHelp = listed(levelNames);

/** A type by its name in either language. */
export function typeOption(text: string): LogType {
  const found = named(logTypes, text);
  if (found === undefined) throw new InvalidArgumentError(`must be one of ${typesHelp}.`);
  return found;
}

/** Levels by their names in either language; given once for each, or parted by commas. */
export function levelOption(text: string, before: readonly Level[] = []): Level[] {
  const found = text
    .split(',')
    .map((each) => (each.trim() === 'info' ? 'information' : named(levelNames, each.trim())));
  if (found.includes(undefined)) throw new InvalidArgumentError(`must be one of ${levelsHelp}.`);
  return [...before, ...found.filter((level) => level !== undefined)];
}

/** What a level is called. */
export function levelName(level: Level, language: 'ja' | 'en'): string {
  return language === 'ja' ? levelNames[level] : level;
}

/** As wide on a terminal as the widest of them. */
export const levelColumns: Readonly<Record<'ja' | 'en', number>> = {
  ja: 6,
  en: Math.max(...levels.map((level) => level.length)),
};

function listed(names: Readonly<Record<string, string>>): string {
  return Object.entries(names)
    .map(([name, japanese]) => `${name} (${japanese})`)
    .join(', ');
}

function named<Name extends string>(names: Readonly<Record<Name, string>>, text: string): Name | undefined {
  const lower = text.toLowerCase();
  return (Object.keys(names) as Name[]).find((name) => name === lower || names[name] === text);
}
