import { isUtf8 } from 'node:buffer';
import type { MailCommand, Reply } from '../../actors/ports/mail.ts';
import { parseParameters } from './esmtp-parameters.ts';
import { syntaxError } from './replies.ts';

/** `MAIL FROM:` and `RCPT TO:`. */
export type AddressVerb = 'MAIL' | 'RCPT';

const PREFIX = { MAIL: /^MAIL +FROM: *</i, RCPT: /^RCPT +TO: *</i } as const;

/**
 * The path up to its closing bracket: quoted strings with backslash pairs (RFC 5321 4.1.2), and outside of them
 * anything but spaces, brackets and quotes. Whether such an address exists is for the next hop to say.
 */
const PATH = /^((?:"(?:[^"\\]|\\.)*"|\\.|[^ <>"\\])*)>/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * Reads MAIL or RCPT from the line as received, changing nothing. A reply when it is refused: 501, 552 or 555.
 * @param line the command without its line end
 * @param messageBytesMax the size limit, for SIZE
 */
export function parseAddressCommand(verb: AddressVerb, line: Buffer, messageBytesMax: number): MailCommand | Reply {
  if (!isUtf8(line)) return syntaxError(`${verb} is not valid UTF-8`);
  const command = line.toString().replace(/ +$/, '');
  if (CONTROL.test(command)) return syntaxError(`Control character in ${verb}`);
  const prefix = PREFIX[verb].exec(command)?.[0];
  if (prefix === undefined)
    return syntaxError(verb === 'MAIL' ? 'Syntax: MAIL FROM:<address>' : 'Syntax: RCPT TO:<address>');
  const [matched, path] = PATH.exec(command.slice(prefix.length)) ?? [];
  if (matched === undefined || path === undefined) return syntaxError(`Bad address syntax in ${verb}`);
  if (verb === 'RCPT' && path === '') return syntaxError('Recipient address is empty');
  const rest = command.slice(prefix.length + matched.length);
  if (rest !== '' && !rest.startsWith(' ')) return syntaxError(`Bad address syntax in ${verb}`);
  const parameters = parseParameters(verb, rest, messageBytesMax);
  return 'code' in parameters ? parameters : { path, parameters };
}
