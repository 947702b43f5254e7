import type { Envelope } from '../../events/envelope.ts';
import type { Verdict } from '../../events/scan.ts';

/** What people know a message by. Logs of before 0.3.0 do not say it. */
export interface MessageFacts {
  mailFrom?: string;
  /** The first 50 of them. */
  recipients?: readonly string[];
  recipientCount?: number;
  /** Without angle brackets. */
  messageId?: string | null;
}

/** As much of an event of a scan as the policy log reads. */
export interface ScanFacts {
  verdict?: Verdict | null;
  reply?: { code: number; text: string } | null;
  /** Kind of the query's last failure. */
  failure?: string | null;
  message?: MessageFacts;
  trigger?: { type?: string; error?: { message?: string; servers?: readonly string[] } };
}

export function factsOf(event: Envelope): ScanFacts {
  return event.data as ScanFacts;
}
