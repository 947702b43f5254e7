import { InvalidArgumentError } from 'commander';
import { expiresDaysMax, priorityMax, type SourceSetting, usualPriority } from '../sps/data/sources.ts';

/** What the options of sources take, for their help. */
export const priorityHelp = `0 to ${priorityMax}; the word of the source with the higher one counts (malware ${usualPriority.malware}, known good ${usualPriority.allow} when it is not said)`;
export const onlySmartHelp =
  'its SHA-256 are for queries only, and not in the conventional pattern: for tens of millions, which are too many for each gateway to hold';
export const expiresHelp = 'what the source does not say again for so many days counts no more; 0: it counts for ever';

export function sourceName(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text))
    throw new InvalidArgumentError('must be up to 64 letters, digits, dots, dashes and underscores.');
  return text;
}

export function priority(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > priorityMax)
    throw new InvalidArgumentError(`must be a whole number up to ${priorityMax}.`);
  return Number(text);
}

/** 0: for ever. */
export function expiresDays(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > expiresDaysMax)
    throw new InvalidArgumentError(`must be a whole number of days up to ${expiresDaysMax}.`);
  return Number(text);
}

/** What was given of a source. */
export interface SourceOptions {
  priority?: number;
  expiresDays?: number;
  onlySmart?: boolean;
}

export function settingOf({ priority, expiresDays, onlySmart }: SourceOptions): SourceSetting {
  return {
    ...(priority !== undefined && { priority }),
    ...(expiresDays !== undefined && { expiresDays: expiresDays === 0 ? null : expiresDays }),
    ...(onlySmart !== undefined && { onlySmart }),
  };
}
