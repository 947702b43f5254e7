import type { EsmtpParameter, Reply } from '../../actors/ports/mail.ts';
import { replies, syntaxError, unknownParameter } from './replies.ts';

/** Values of the parameters that are advertised; `undefined` stands for "no value". Nothing is decoded: xtext goes on as it is. */
const KNOWN: Record<'MAIL' | 'RCPT', Record<string, RegExp | undefined>> = {
  MAIL: {
    SIZE: /^\d{1,20}$/, // RFC 1870
    BODY: /^(7BIT|8BITMIME)$/i, // RFC 6152
    SMTPUTF8: undefined, // RFC 6531
    RET: /^(FULL|HDRS)$/i, // RFC 3461
    ENVID: /^.+$/,
  },
  RCPT: {
    NOTIFY: /^(NEVER|(SUCCESS|FAILURE|DELAY)(,(SUCCESS|FAILURE|DELAY))*)$/i,
    ORCPT: /^[^;]+;.+$/,
  },
};

/**
 * Parameters after the path, in order and exactly as received; a reply when one is refused:
 * 555 unknown, 501 given twice or with a bad value, 552 for a SIZE above the limit.
 */
export function parseParameters(
  verb: 'MAIL' | 'RCPT',
  text: string,
  messageBytesMax: number,
): readonly EsmtpParameter[] | Reply {
  const parameters: EsmtpParameter[] = [];
  const seen = new Set<string>();
  for (const word of text.split(' ')) {
    if (word === '') continue;
    const equals = word.indexOf('=');
    const keyword = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? undefined : word.slice(equals + 1);
    const name = keyword.toUpperCase();
    if (!Object.hasOwn(KNOWN[verb], name)) return unknownParameter(keyword);
    if (seen.has(name)) return syntaxError(`Parameter ${name} is given twice`);
    seen.add(name);
    if (!isValid(KNOWN[verb][name], value)) return syntaxError(`Bad value of parameter ${name}`);
    if (name === 'SIZE' && Number(value) > messageBytesMax) return replies.messageTooLarge;
    parameters.push(value === undefined ? { keyword } : { keyword, value });
  }
  return parameters;
}

function isValid(pattern: RegExp | undefined, value: string | undefined): boolean {
  return pattern === undefined ? value === undefined : value !== undefined && pattern.test(value);
}
