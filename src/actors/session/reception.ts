import type { Journal } from '../ports/journal.ts';
import type { MailReception, Reply } from '../ports/mail.ts';

/** D8: what a journal that takes no events says, before DATA. */
function journalRefusal(journal: Journal): Reply | undefined {
  const state = journal.state();
  if (state === 'open') return undefined;
  const why = { full: 'the journal is full', 'disk-full': 'the disk is full', failed: 'the journal cannot be written' };
  return { code: 452, text: `4.3.1 Insufficient system storage: ${why[state]}` };
}

/** The port that the SMTP adapter calls. */
export function createReception(
  journal: Journal,
  openSession: (refusal: () => Reply | undefined) => MailReception['open'],
): MailReception {
  const refusal = () => journalRefusal(journal);
  return { refusal, open: openSession(refusal) };
}
