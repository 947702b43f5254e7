import { type Command, InvalidArgumentError } from 'commander';
import type { OpenQuarantine } from '../adapters/quarantine/open-quarantine.ts';
import type { StoredEntry } from '../adapters/quarantine/quarantine-entry.ts';
import { textPattern } from '../projections/text-pattern.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { timeHelp, timeOption } from './time-option.ts';

/** By what messages are found; all that are given must fit. */
export interface Criteria {
  since?: number;
  until?: number;
  sender?: string;
  recipient?: string;
  subject?: string;
  reason?: string;
  released?: true;
}

/** Adds the options of `Criteria`. */
export function withCriteria(command: Command): Command {
  return command
    .option('--since <time>', `quarantined then or later: ${timeHelp}`, timeOption)
    .option('--until <time>', 'quarantined before then', timeOption)
    .option('--sender <pattern>', 'envelope sender: a part of it; * stands for anything, ; parts alternatives')
    .option('--recipient <pattern>', 'one of the envelope recipients')
    .option('--subject <pattern>', 'subject')
    .option('--reason <pattern>', "why it is there, such as 'malware: Eicar*' or unscannable")
    .option('--released', 'only those that were released');
}

/** Whether an entry is one of those that are meant. */
export function fitsCriteria(criteria: Criteria): (entry: StoredEntry) => boolean {
  const { since = 0, until = Number.POSITIVE_INFINITY } = criteria;
  const sender = textPattern(criteria.sender ?? '');
  const recipient = textPattern(criteria.recipient ?? '');
  const subject = textPattern(criteria.subject ?? '');
  const reason = textPattern(criteria.reason ?? '');
  return (entry) => {
    const time = Date.parse(entry.time);
    return (
      since <= time &&
      time < until &&
      sender(entry.mailFrom.path) &&
      (criteria.recipient === undefined || entry.recipients.some(({ path }) => recipient(path))) &&
      subject(entry.subject ?? '') &&
      reason(entry.reason) &&
      (criteria.released !== true || entry.releasedAt !== undefined)
    );
  };
}

/**
 * The ids that are meant: those that are named, or those of the messages that fit, the oldest first.
 * @throws {CommandFailure} 64 when both or neither is given: nobody means all messages by saying nothing
 */
export async function selectedIds(
  quarantine: OpenQuarantine,
  ids: readonly string[],
  criteria: Criteria,
): Promise<string[]> {
  const isGiven = Object.keys(criteria).length > 0;
  if (ids.length > 0 && isGiven) throw new CommandFailure(exitCodes.usage, 'give either ids or what to look for');
  if (ids.length > 0) return [...new Set(ids)];
  if (!isGiven) throw new CommandFailure(exitCodes.usage, 'give ids, or what to look for such as --sender or --since');
  const { entries } = await quarantine.list({ fits: fitsCriteria(criteria) });
  return entries.map(({ id }) => id).reverse();
}

/** An envelope address of another recipient, with or without angle brackets. */
export function addressOption(text: string, before: readonly string[] = []): string[] {
  const path = text.replace(/^<(.*)>$/, '$1');
  if (!/^[^\s<>\p{C}]{1,64}@[^\s<>@\p{C}]{1,255}$/u.test(path)) throw new InvalidArgumentError('must be an address.');
  return [...before, path];
}
