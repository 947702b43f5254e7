import type { FileType } from '../events/file-types.ts';
import type { RuleFile } from '../events/scan.ts';
import { matchesWildcards } from './address.ts';
import { type Check, check } from './policy-check.ts';

/** Conditions that one and the same file must meet, at any depth. An empty list and 0 are no condition. */
export interface FileCondition {
  /** File names with `*` and `?`, lower case. */
  names: readonly string[];
  /** What the content is. */
  types: readonly FileType[];
  /** Media types that the mail says, with `*`, lower case, e.g. `application/*`. */
  declared: readonly string[];
  bytesMin: number;
}

/** What a condition looks at. */
export interface RuledFile extends RuleFile {
  /** Names besides the last of the path. */
  names?: readonly string[];
  /** Of any of its plausible contents. */
  types?: readonly FileType[];
  /** Media type of its MIME part. */
  declared?: string;
  readings: readonly { size: number }[];
}

export function hasFileCondition({ names, types, declared, bytesMin }: FileCondition): boolean {
  return names.length > 0 || types.length > 0 || declared.length > 0 || bytesMin > 0;
}

/** A name as systems see it that open it: the last of a path, without what nobody sees and without dots and spaces that Windows drops. */
export function bareName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  return last
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .toLowerCase()
    .replace(/[. ]+$/, '');
}

function namesOf({ path, names = [] }: RuledFile): string[] {
  return [...new Set([...path.slice(-1), ...names].map(bareName))];
}

function sizeOf({ readings }: RuledFile): number {
  return readings.reduce((most, { size }) => Math.max(most, size), 0);
}

/** What comes of each condition on files, for one of them. */
export function fileChecks(condition: FileCondition, file: RuledFile): Check[] {
  const checks: Check[] = [];
  if (condition.names.length > 0) {
    const names = namesOf(file);
    const holds = names.some((name) => condition.names.some((pattern) => matchesWildcards(name, pattern)));
    checks.push(check('file_name', holds, names.join(', ')));
  }
  if (condition.types.length > 0) {
    const { types = [] } = file;
    const holds = types.some((type) => condition.types.includes(type));
    checks.push(check('file_type', holds, types.join(', ')));
  }
  if (condition.declared.length > 0) {
    const { declared = '' } = file;
    const holds = condition.declared.some((pattern) => matchesWildcards(declared, pattern));
    checks.push(check('declared_type', holds, declared));
  }
  if (condition.bytesMin > 0) {
    const size = sizeOf(file);
    checks.push(check('file_bytes_min', size >= condition.bytesMin, String(size)));
  }
  return checks;
}

/** The files that meet the condition. The message as a whole is no file. */
export function filesMeeting<File extends RuledFile>(condition: FileCondition, files: readonly File[]): File[] {
  if (!hasFileCondition(condition)) return [];
  return files.filter((file) => file.place !== 'message' && fileChecks(condition, file).every(({ holds }) => holds));
}
