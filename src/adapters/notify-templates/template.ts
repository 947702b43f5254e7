import type { NotificationText } from '../../actors/ports/notifications.ts';
import { printable } from '../../events/printable.ts';

/** A text with places for values: a subject, and a body. */
export interface Template {
  subject: string;
  body: string;
}

/** The text cannot be used: where, and why. */
export class UnusableTemplate extends Error {
  /** From 1. */
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = 'UnusableTemplate';
    this.line = line;
  }
}

/** Characters of a value that are shown. */
const valueCharactersMax = 500;
/** RFC 5322 2.1.1 allows 998 on a line; a subject that anybody reads is far shorter. */
const subjectCharactersMax = 250;

const braces = /\{\{|\}\}|\{([^{}\n]*)\}|[{}]/g;

/**
 * Reads a text: the first line is the subject, then an empty line, then the body. `{name}` is a token, `{{` and `}}` are braces.
 * @param tokens those that may stand in it
 * @throws {UnusableTemplate}
 */
export function readTemplate(text: string, tokens: readonly string[]): Template {
  const lines = text
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  const [subject = '', empty = ''] = lines;
  if (subject.trim() === '') throw new UnusableTemplate(1, 'the first line is the subject and must not be empty');
  if (empty !== '') throw new UnusableTemplate(2, 'an empty line must part the subject from the body');
  for (const [index, line] of lines.entries()) checkLine(line, index + 1, tokens);
  return { subject: subject.trim(), body: lines.slice(2).join('\n') };
}

function checkLine(line: string, number: number, tokens: readonly string[]): void {
  if (/[\p{Cc}\u2028\u2029]/u.test(line.replaceAll('\t', '')))
    throw new UnusableTemplate(number, 'a control character');
  for (const [found, name] of line.matchAll(braces)) {
    if (found === '{{' || found === '}}' || (name !== undefined && tokens.includes(name))) continue;
    const what =
      name === undefined ? `a single ${found}: write ${found}${found}` : `unknown token {${printable(name)}}`;
    throw new UnusableTemplate(number, `${what}; tokens are ${tokens.map((token) => `{${token}}`).join(' ')}`);
  }
}

/** Puts values in. They are escaped and cut, so that none begins a line, a header field, or hides what stands beside it. */
export function fillTemplate({ subject, body }: Template, values: Readonly<Record<string, string>>): NotificationText {
  const fill = (text: string) =>
    text.replace(braces, (found, name: string | undefined) =>
      name === undefined ? found.slice(0, 1) : shown(values[name]),
    );
  return { subject: cut(fill(subject), subjectCharactersMax), body: fill(body) };
}

function shown(value = ''): string {
  return cut(printable(value), valueCharactersMax);
}

function cut(text: string, charactersMax: number): string {
  const characters = [...text];
  return characters.length > charactersMax ? `${characters.slice(0, charactersMax - 1).join('')}…` : text;
}
