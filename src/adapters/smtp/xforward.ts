import type { Reply } from '../../actors/ports/mail.ts';
import { syntaxError } from './replies.ts';

/** Attributes of Postfix's XFORWARD_README. */
const ATTRIBUTES = new Set(['NAME', 'ADDR', 'PORT', 'PROTO', 'HELO', 'IDENT', 'SOURCE']);

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * Reads `XFORWARD name=value ...`; values are decoded from xtext (RFC 3461 4), `[UNAVAILABLE]` stays as it is.
 * A reply, 501, when anything in it is wrong: then nothing of it counts.
 * Not smtp-server's own reading: that one takes HELO=[UNAVAILABLE], which Postfix sends for local mail, for "no HELO yet".
 */
export function parseXforward(line: Buffer): ReadonlyMap<string, string> | Reply {
  const [, ...words] = line.toString('latin1').trim().split(/ +/);
  const attributes = new Map<string, string>();
  if (words.length === 0) return syntaxError('Syntax: XFORWARD attribute=value...');
  for (const word of words) {
    const equals = word.indexOf('=');
    const name = word.slice(0, Math.max(equals, 0)).toUpperCase();
    if (!ATTRIBUTES.has(name)) return syntaxError('Bad XFORWARD attribute');
    const value = decodeXtext(word.slice(equals + 1));
    if (CONTROL.test(value)) return syntaxError(`Bad value of XFORWARD attribute ${name}`);
    attributes.set(name, value);
  }
  return attributes;
}

function decodeXtext(value: string): string {
  const bytes = value.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
