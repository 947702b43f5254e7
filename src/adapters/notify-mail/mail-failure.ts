import { NotificationFailure } from '../../actors/ports/notifications.ts';
import { printable } from '../../events/printable.ts';

/** What nodemailer says of a failure, as far as we look at it. */
interface MailerError {
  message?: string;
  responseCode?: number;
  /** The command that was refused; `CONN` and EHLO stand for a relay that takes nothing from anybody now. */
  command?: string;
}

const aboutTheMail = /^(MAIL|RCPT|DATA)/;

/**
 * A 5yz to the mail or its recipient is for good; whatever else is wrong (nobody there, a time-out, 4yz, a relay that refuses the
 * connection) may be over in a minute.
 */
export function mailFailure(error: unknown): NotificationFailure {
  const { message = String(error), responseCode = 0, command = '' } = (error ?? {}) as MailerError;
  const isPermanent = responseCode >= 500 && responseCode !== 503 && aboutTheMail.test(command);
  return new NotificationFailure(isPermanent ? 'permanent' : 'temporary', printable(message).slice(0, 500));
}
