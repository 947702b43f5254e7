import type { Verdict } from '../../events/scan.ts';
import type { QuarantineEntry } from '../ports/mail.ts';
import { malwareNames, ruleWords, troubleWords } from './verdict-words.ts';
import type { Work } from './work.ts';

/** Files named in one entry; the message holds them all. */
const filesMax = 100;

/** What is kept beside a message in quarantine or archive. */
export function entryOf(work: Work, verdict: Verdict, nowMs: number): QuarantineEntry {
  const isMalware = verdict.malware.length > 0;
  return {
    id: work.guid,
    time: new Date(nowMs).toISOString(),
    mailFrom: work.mailFrom,
    recipients: work.recipients,
    client: { address: work.client.address, helo: work.client.helo },
    size: work.message.size,
    reason: isMalware
      ? `malware: ${malwareNames(verdict)}`
      : troubleWords(verdict, (kind, reasons) => `${kind}: ${reasons}`) || ruleWords(verdict),
    files: [...verdict.malware, ...(verdict.ambiguous ?? []), ...verdict.unscannable]
      .map(({ path }) => path.join('/'))
      .slice(0, filesMax),
    ...(work.read?.subject === undefined ? {} : { subject: work.read.subject }),
  };
}
