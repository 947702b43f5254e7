import type { AppliedRule } from '../../events/scan.ts';
import type { Epoch } from '../epoch.ts';
import type { ClientInfo, MailCommand, NextHopTransaction, ReceivedMessage } from '../ports/mail.ts';
import type { PatternName, ReadMessage, ScanComponents } from '../ports/scanning.ts';
import type { Wanted } from '../reputation/combine.ts';
import type { Look } from '../scan-engine/look.ts';

/** What the effects of one scan share and no event may hold: the message itself, and the transaction with the next hop. */
export interface Work {
  guid: string;
  epoch: Epoch;
  client: ClientInfo;
  mailFrom: MailCommand;
  recipients: readonly MailCommand[];
  message: ReceivedMessage;
  /** Rules that may be the one for it; absent: none. */
  policy?: readonly AppliedRule[];
  /** In lock-step with the client's, or the one that took its place when the recipient was changed. */
  transaction: NextHopTransaction;
  /** Set by unpacking. */
  content?: Buffer;
  read?: ReadMessage;
  /** Whose content patterns `read` was matched with. */
  readFor?: PatternName;
  /** What the engine outside found, once it was asked. */
  look?: Look;
  components?: ScanComponents;
  /** Hashes that need an answer. */
  wanted?: Wanted;
}

/** Scans in progress, by GUID. */
export type Works = Map<string, Work>;

/** The work of a scan. A missing one is a defect: the scan's effect fails and its message gets 451. */
export function workOf(works: Works, guid: string): Work {
  const work = works.get(guid);
  if (!work) throw new Error(`no such scan: ${guid}`);
  return work;
}
