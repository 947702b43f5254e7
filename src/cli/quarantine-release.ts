import type { MailCommand, QuarantineEntry } from '../actors/ports/mail.ts';
import type { OpenQuarantine } from '../adapters/quarantine/open-quarantine.ts';
import type { StoredEntry } from '../adapters/quarantine/quarantine-entry.ts';
import { releasedTo } from '../adapters/quarantine/release.ts';
import { printable } from '../events/printable.ts';
import type { OnOutcomes, ReleaseOutcome } from '../wiring/release.ts';
import type { Act } from './audited.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';

/** What a release needs of the settings. */
export interface ReleaseAccess {
  /** Delivers a message, unscanned, and tells what came of it for each recipient. */
  release(
    entry: QuarantineEntry,
    recipients: readonly MailCommand[],
    content: readonly Uint8Array[],
    onOutcomes: OnOutcomes,
  ): Promise<void>;
  /** Does something, and has it in the audit log. */
  audited<Result>(act: Act, work: () => Promise<Result>): Promise<Result>;
}

export interface ReleaseOptions {
  /** Other recipients, instead of those of the message. */
  to?: readonly string[];
  /** Also to those who have it already, and when another release has not ended. */
  again?: true;
}

/**
 * Releases one message to those who do not have it yet.
 * @returns what to tell
 * @throws {CommandFailure} 64 when everybody has it, 75 when somebody did not get it
 */
export async function releaseOne(
  quarantine: OpenQuarantine,
  access: ReleaseAccess,
  id: string,
  { to, again }: ReleaseOptions,
): Promise<string> {
  const { entry } = await quarantine.read(id);
  const recipients = waiting(entry, to, again);
  const before = entry.releasedAt === undefined ? 'kept' : `released ${entry.releasedAt}`;
  const after = to === undefined ? 'released' : `released to ${to.join(', ')}`;
  return access.audited({ what: 'quarantine-release', target: entry.id, before, after }, async () => {
    const outcomes = await deliver(quarantine, access, entry.id, recipients, again === true);
    const undone = outcomes.filter(({ outcome }) => outcome !== 'delivered');
    if (undone.length > 0) throw new CommandFailure(exitCodes.tempFail, undoneText(entry.id, outcomes));
    const isWhole = recipients.length === entry.recipients.length && to === undefined;
    return `${entry.id}: released${isWhole ? '' : ` to ${recipients.map(({ path }) => named(path)).join(', ')}`}`;
  });
}

async function deliver(
  quarantine: OpenQuarantine,
  access: ReleaseAccess,
  id: string,
  recipients: readonly MailCommand[],
  isAgain: boolean,
): Promise<ReleaseOutcome[]> {
  const release = await quarantine.release(id, isAgain);
  const all: ReleaseOutcome[] = [];
  // Whatever breaks off here may have delivered it.
  let isSure = false;
  try {
    await access.release(release.entry, recipients, [release.content], async (outcomes) => {
      all.push(...outcomes);
      const delivered = outcomes.filter(({ outcome }) => outcome === 'delivered').map(({ recipient }) => recipient);
      if (delivered.length > 0) await release.delivered(delivered);
    });
    isSure = all.every(({ outcome }) => outcome !== 'unknown');
  } finally {
    await release.end(isSure);
  }
  return all;
}

/** Each recipient once, without those who have it. */
function waiting(entry: StoredEntry, to: ReleaseOptions['to'], again: ReleaseOptions['again']): MailCommand[] {
  const wanted = to?.map((path): MailCommand => ({ path, parameters: [] })) ?? entry.recipients;
  const once = [...new Map(wanted.map((recipient) => [recipient.path, recipient])).values()];
  const have = new Set(again === true ? [] : releasedTo(entry));
  const left = once.filter(({ path }) => !have.has(path));
  if (left.length > 0) return left;
  throw new CommandFailure(
    exitCodes.usage,
    `${entry.id}: was released at ${entry.releasedAt} to ${once.map(({ path }) => named(path)).join(', ')}; to do it again: --again`,
  );
}

function undoneText(id: string, outcomes: readonly ReleaseOutcome[]): string {
  const isPart = outcomes.some(({ outcome }) => outcome === 'delivered');
  const undone = outcomes.filter(({ outcome }) => outcome !== 'delivered');
  const perhaps = undone.some(({ outcome }) => outcome === 'unknown');
  const reasons = undone.map(({ recipient, reason }) => `${named(recipient)}: ${printable(reason)}`);
  const what = isPart ? 'not released to everybody' : 'not released';
  return `${id}: ${what}: ${reasons.join('; ')}${perhaps ? '; it may have been delivered all the same' : ''}`;
}

const named = (path: string) => `<${printable(path)}>`;
