import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  commonTokens,
  isNotificationKind,
  kindFacts,
  type NotificationKind,
  notificationKinds,
} from '../../events/notification.ts';
import { printable } from '../../events/printable.ts';
import { SettingsError } from '../settings/settings-error.ts';
import { readTemplate, type Template, UnusableTemplate } from './template.ts';
import { english } from './texts-en.ts';
import { japanese } from './texts-ja.ts';

const languages = { ja: japanese, en: english } as const;
export type Language = keyof typeof languages;

/** A text for each kind and language. */
export type Templates = Readonly<Record<Language, Readonly<Record<NotificationKind, Template>>>>;

/** What may stand in the texts of a kind. */
export function tokensOf(kind: NotificationKind): string[] {
  return [...kindFacts(kind).tokens, ...commonTokens];
}

/** A text is a page; more is some other file. */
const fileBytesMax = 65_536;

/**
 * The texts of the program, and in their places those of a folder: files `<kind>.<language>.txt`.
 * @throws {SettingsError} with everything that is wrong in it, file and line; nothing is passed over.
 */
export function loadTemplates(folder: string | undefined): Templates {
  const texts = { ja: { ...own('ja') }, en: { ...own('en') } };
  const problems: string[] = [];
  for (const name of folder === undefined ? [] : filesIn(folder)) {
    const file = join(folder ?? '', name);
    const [, kind = '', language = ''] = /^(.*)\.(ja|en)\.txt$/.exec(name) ?? [];
    if (!isNotificationKind(kind)) {
      problems.push(`${printable(file)}: no text of ours is called so: <kind>.ja.txt or <kind>.en.txt, ${kindsText}`);
      continue;
    }
    try {
      texts[language as Language][kind] = readTemplate(readText(file), tokensOf(kind));
    } catch (error) {
      problems.push(problemText(file, error));
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return texts;
}

const kindsText = `where a kind is one of ${Object.keys(notificationKinds).join(', ')}`;

function own(language: Language): Record<NotificationKind, Template> {
  const read = Object.entries(languages[language]).map(([kind, text]) => [
    kind,
    readTemplate(text, tokensOf(kind as NotificationKind)),
  ]);
  return Object.fromEntries(read) as Record<NotificationKind, Template>;
}

/** Editors leave files behind whose names begin with a dot or end in ~. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !/^\.|~$/.test(name))
      .sort();
  } catch (error) {
    throw new SettingsError([`[notify] templates_folder ${printable(folder)} cannot be read: ${reasonOf(error)}`]);
  }
}

function readText(file: string): string {
  const content = readFileSync(file);
  if (content.length > fileBytesMax) throw new Error(`it has more than ${fileBytesMax} bytes`);
  return new TextDecoder('utf-8', { fatal: true }).decode(content);
}

function problemText(file: string, error: unknown): string {
  if (error instanceof UnusableTemplate) return `${printable(file)}:${error.line}: ${error.message}`;
  if (error instanceof TypeError) return `${printable(file)}: it is not UTF-8 text`;
  return `${printable(file)}: ${reasonOf(error)}`;
}

function reasonOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
