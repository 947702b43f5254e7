import type { Reply } from '../../actors/ports/mail.ts';

const reply = (code: number, text: string): Reply => ({ code, text });

/** Replies that are the port's own. All others are the session's, word for word. */
export const replies = {
  startMail: reply(354, 'End data with <CR><LF>.<CR><LF>'),
  tooManyClients: reply(421, 'Too many connections, try again later'),
  tooManyClientsOfAddress: reply(421, 'Too many connections from your address, try again later'),
  shuttingDown: reply(421, 'Service closing transmission channel, try again later'),
  dataTooSlow: reply(421, 'Timeout: message took too long'),
  tooManyBadCommands: reply(421, 'Too many errors'),
  internal: reply(451, '4.3.0 Internal error, try again later'),
  spoolBroken: reply(451, '4.3.0 Message could not be stored, try again later'),
  spoolFull: reply(452, '4.3.1 Insufficient system storage'),
  tooManyRecipients: reply(452, '4.5.3 Too many recipients'),
  xforwardRefused: reply(550, '5.7.1 XFORWARD not allowed from your address'),
  nestedMail: reply(503, '5.5.1 Nested MAIL command'),
  needMail: reply(503, '5.5.1 Need MAIL command'),
  needRecipient: reply(503, '5.5.1 No valid recipients'),
  transactionOpen: reply(503, '5.5.1 Mail transaction in progress'),
  messageTooLarge: reply(552, '5.3.4 Message exceeds fixed maximum message size'),
  mailLoop: reply(554, '5.4.6 Too many hops'),
  bareLineEnds: reply(554, '5.6.0 Dot between bare <CR> or <LF>'),
  ok: reply(250, 'OK'),
} as const;

/** A syntax error, 501. */
export const syntaxError = (what: string): Reply => reply(501, `5.5.4 ${what}`);

/** A parameter that is not known, 555 (RFC 5321 4.1.1.11). */
export const unknownParameter = (keyword: string): Reply => reply(555, `5.5.4 Unsupported parameter ${keyword}`);
