import { isHost } from './host.ts';
import { valueType } from './value-type.ts';

/** Longest path of RFC 5321 4.5.3.1.3 without its angle brackets. */
const addressCharactersMax = 254;

/** A mail address, `local-part@domain`; the local part is a dot-atom (RFC 5322 3.4.1). */
export const mailAddress = valueType('a mail address like name@example.org', (text) => {
  const [, domain] = /^[\w!#$%&'*+/=?^`{|}~.-]+@([^@]+)$/.exec(text) ?? [];
  return domain !== undefined && isHost(domain) && text.length <= addressCharactersMax ? text : undefined;
});

/** A domain of mail addresses in lower case; `.example.org` stands for all domains below it. */
export const mailDomain = valueType('a domain like example.org, or .example.org for those below it', (text) =>
  isHost(text.replace(/^\./, '')) ? text.toLowerCase() : undefined,
);

/**
 * A header field of one's own, `X-Name: value`, as name and value. Only `X-` names: any other means something to programs, and
 * would be there twice.
 */
export const ownHeader = valueType(
  'a header field like X-Virus: found, whose name begins with X- and has at most 60 letters, digits and dashes',
  (text): readonly [name: string, value: string] | undefined => {
    const [, name, value] = /^(X-[A-Za-z0-9-]{1,58})[ \t]*:[ \t]*(\S.{0,199})$/i.exec(text) ?? [];
    return name === undefined || value === undefined || /\p{Cc}/u.test(value) || /^X-Sekisho/i.test(name)
      ? undefined
      : [name, value];
  },
);
