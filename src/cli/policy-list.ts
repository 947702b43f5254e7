import type { Settings } from '../adapters/settings/settings.ts';
import { printable } from '../events/printable.ts';
import type { Language } from './language.ts';
import { policyWord } from './policy-words.ts';
import { table } from './text-table.ts';

/** A rule as it stands in the file. */
export interface ListedRule {
  name: string;
  /** By key. */
  conditions: Readonly<Record<string, string>>;
  action: string;
  also: string;
}

/** Every rule in its order, with what is given for it. */
export function listedRules(settings: Settings): ListedRule[] {
  const given = settings.given();
  return settings.rules.map(({ name }) => {
    const texts = given.filter(({ section }) => section === `policy.${name}`);
    const { action = '', also = '', ...conditions } = Object.fromEntries(texts.map(({ key, text }) => [key, text]));
    return { name, conditions, action, also };
  });
}

/** The rules as a table. */
export function rulesTable(rules: readonly ListedRule[], language: Language): string {
  const word = (name: Parameters<typeof policyWord>[0]) => policyWord(name, language);
  if (rules.length === 0) return `${word('none')}\n`;
  const rows = rules.map(({ name, conditions, action, also }, index) => {
    const all = Object.entries(conditions).map(([key, text]) => `${key} = ${printable(text)}`);
    return [String(index + 1), name, all.join('; ') || word('always'), action, also];
  });
  return table(['', word('rule'), word('conditions'), word('action'), word('also')], rows);
}
