import { printable } from '../../events/printable.ts';
import { type KeyName, variableOf } from './tables.ts';

/** Where the value of a key comes from. A key that the environment sets cannot be changed in the file. */
export type Origin =
  | { from: 'default' }
  | { from: 'file'; file: string; line: number }
  | { from: 'environment'; variable: string };

/** The origin in words: `default`, `imss.ini:12` or `environment SEKISHO_SMTP_LISTEN`. */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'default';
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'environment':
      return `environment ${origin.variable}`;
  }
}

/** A key with its text before it is read as a value. */
export interface GivenText extends KeyName {
  text: string;
  origin: Origin;
}

/** How a problem names a key, its text and its place. */
export function givenText(given: GivenText): string {
  const text = shownText(given.text);
  const { origin } = given;
  if (origin.from === 'environment') return `${variableOf(given)}=${text}`;
  const pair = `[${given.section}] ${given.key} = ${text}`;
  return origin.from === 'file' ? `${originText(origin)}: ${pair}` : pair;
}

/** A text fit for one line on a terminal: control characters escaped, cut at 200 characters, without users and passwords in URLs. */
export function shownText(text: string): string {
  // Up to the last @: a password that should have been percent-encoded may hold one, or a slash.
  const masked = text.replace(/\/\/[^\s,]*@/g, '//***@');
  return printable(masked.length > 200 ? `${masked.slice(0, 200)}…` : masked);
}
