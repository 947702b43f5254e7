import type { EsmtpParameter, MailCommand, Reply } from '../../actors/ports/mail.ts';

/** Keywords of the server's EHLO reply, upper case, each with the rest of its line. */
export type Extensions = ReadonlyMap<string, string>;

/** Longest MAIL or RCPT line in bytes, CRLF included: what Postfix reads as one line. */
const lineBytesMax = 2048;

/** Parameters that mean nothing, and may be left out, at a server without the extension. */
const extensionOf: Readonly<Record<string, string>> = {
  SIZE: 'SIZE',
  SMTPUTF8: 'SMTPUTF8',
  RET: 'DSN',
  ENVID: 'DSN',
  NOTIFY: 'DSN',
  ORCPT: 'DSN',
};

function extensionFor({ keyword, value }: EsmtpParameter): string | undefined {
  const name = keyword.toUpperCase();
  if (name === 'BODY') return value?.toUpperCase() === 'BINARYMIME' ? 'BINARYMIME' : '8BITMIME';
  return extensionOf[name];
}

/**
 * The MAIL or RCPT line (without CRLF) as the client gave it, less the parameters that this server cannot take; or the
 * reply, when it cannot be sent at all: an address beyond ASCII to a server without SMTPUTF8 (RFC 6531 3.5), a
 * control character, a line that is too long. Parameters not known here go on, and the next hop answers for them.
 */
export function envelopeLine(
  verb: 'MAIL FROM' | 'RCPT TO',
  command: MailCommand,
  extensions: Extensions,
): string | Reply {
  if (/[^ -~]/.test(command.path) && !/\p{Cc}/u.test(command.path) && !extensions.has('SMTPUTF8')) {
    return { code: 553, text: '5.6.7 The next server does not take addresses beyond ASCII (SMTPUTF8)' };
  }
  let line = `${verb}:<${command.path}>`;
  for (const parameter of command.parameters) {
    const extension = extensionFor(parameter);
    if (extension !== undefined && !extensions.has(extension)) continue;
    line += ` ${parameter.keyword}${parameter.value === undefined ? '' : `=${parameter.value}`}`;
  }
  if (/\p{Cc}/u.test(line)) return { code: 501, text: '5.5.4 Control character in the address or its parameters' };
  if (Buffer.byteLength(line) + 2 > lineBytesMax) return { code: 500, text: '5.5.2 Line too long' };
  return line;
}
