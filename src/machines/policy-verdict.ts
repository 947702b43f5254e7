import type { AppliedRule, FindingKind, MalwareFact, RuleFile, RuleFiles } from '../events/scan.ts';

/** Something that was found in a message, of any kind. */
export interface Found {
  kind: FindingKind;
  path: readonly string[];
  /** Absent: an attachment, as far as is known. */
  place?: MalwareFact['place'];
  part?: number;
}

/** The rule that is the one for a message. */
export interface DecidingRule {
  rule: AppliedRule;
  /** That it is about; none where it is about no files. */
  files: readonly RuleFile[];
  /** Findings for which it takes the place of the virus rule. */
  concerned: ReadonlySet<Found>;
}

/** The file itself, or something in it. */
function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return outer.every((name, index) => inner[index] === name);
}

/** Findings that a rule is about: of its kinds, and in its files. */
export function concernedBy(
  { verdict = [], byFile }: AppliedRule,
  found: readonly Found[],
  files: readonly RuleFile[],
): Found[] {
  const ofKind = found.filter(({ kind }) => verdict.includes(kind));
  return byFile ? ofKind.filter(({ path }) => files.some((file) => isWithin(path, file.path))) : ofKind;
}

/** The first of the rules whose conditions on files and findings hold; those on the envelope do. */
export function decidingRule(
  rules: readonly AppliedRule[],
  found: readonly Found[],
  ruleFiles: readonly RuleFiles[] = [],
): DecidingRule | undefined {
  for (const rule of rules) {
    const files = ruleFiles.find((each) => each.rule === rule.name)?.files ?? [];
    if (rule.byFile && files.length === 0) continue;
    const concerned = new Set(concernedBy(rule, found, files));
    if (rule.verdict === undefined || concerned.size > 0) return { rule, files, concerned };
  }
  return undefined;
}
