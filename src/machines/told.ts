import type { RuleNotice, SideAction, Untold, Verdict } from '../events/scan.ts';
import { isInDomain } from './address.ts';

/** Whom the virus rule may tell. */
export interface Telling {
  /** Domains whose addresses are ours, lower case; `.example.org` stands for all domains below it. */
  ownDomains: readonly string[];
  /** Addresses elsewhere are told, too: what sends malware names a sender that has nothing to do with it. */
  outside: boolean;
}

interface Told {
  notices: RuleNotice[];
  untold: Untold[];
}

/** Local parts that RFC 3834 (2) forbids to answer. */
const machines = /^(?:mailer-daemon|owner-.*|.*-request|.*-owner)$/i;

function tell(told: Told, whom: 'recipient' | 'sender', to: string, why: Untold['why'] | undefined): void {
  if (why === undefined) told.notices.push({ whom, to });
  else told.untold.push({ whom, to, why });
}

/** Why a sender must not be answered (RFC 3834): a loop, or somebody who never wrote. */
function sendersFault(mailFrom: string, automatic: boolean): Untold['why'] | undefined {
  if (mailFrom === '') return 'null-sender';
  return automatic || machines.test(mailFrom.slice(0, mailFrom.lastIndexOf('@'))) ? 'automatic' : undefined;
}

/** Decides who is told; the parts of a verdict that are empty are left out. */
export function whoIsTold(
  also: readonly SideAction[],
  { mailFrom, recipients, automatic = false }: { mailFrom: string; recipients: readonly string[]; automatic?: boolean },
  { ownDomains, outside }: Telling = { ownDomains: [], outside: false },
): Pick<Verdict, 'notices' | 'untold'> {
  const told: Told = { notices: [], untold: [] };
  const outsideOf = (address: string) => (outside || isInDomain(address, ownDomains) ? undefined : 'outside');
  if (also.includes('notify_administrator')) told.notices.push({ whom: 'administrator' });
  if (also.includes('notify_recipient'))
    for (const address of new Set(recipients)) tell(told, 'recipient', address, outsideOf(address));
  if (also.includes('notify_sender'))
    tell(told, 'sender', mailFrom, sendersFault(mailFrom, automatic) ?? outsideOf(mailFrom));
  return {
    ...(told.notices.length > 0 ? { notices: told.notices } : {}),
    ...(told.untold.length > 0 ? { untold: told.untold } : {}),
  };
}
