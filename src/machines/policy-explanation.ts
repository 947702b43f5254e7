import { envelopeChecks, type Policy, type PolicyRule, type RuledEnvelope } from './policy.ts';
import { type Check, check } from './policy-check.ts';
import { fileChecks, filesMeeting, hasFileCondition, type RuledFile } from './policy-files.ts';
import { concernedBy, type Found } from './policy-verdict.ts';

/** What became of one rule, and why. */
export interface RuleExplanation {
  rule: PolicyRule;
  /** Every condition that it has. It matches when all of them hold. */
  checks: readonly Check[];
  matches: boolean;
}

/** Files that one check names. */
const filesNamedMax = 5;

/** Each rule in order, down to the first that matches: that is the one. */
export function explainRules(
  { rules, ownDomains }: Policy,
  envelope: RuledEnvelope,
  files: readonly RuledFile[],
  found: readonly Found[],
): RuleExplanation[] {
  const explanations: RuleExplanation[] = [];
  for (const rule of rules) {
    const meeting = filesMeeting(rule.file, files);
    const checks = [
      ...envelopeChecks(rule, envelope, ownDomains),
      ...checksOfFiles(rule, files, meeting),
      ...checksOfFindings(rule, found, meeting),
    ];
    const matches = checks.every(({ holds }) => holds);
    explanations.push({ rule, checks, matches });
    if (matches) break;
  }
  return explanations;
}

/** For each condition on files those that meet it; and whether one of them meets all. */
function checksOfFiles({ file: condition }: PolicyRule, files: readonly RuledFile[], meeting: readonly RuledFile[]) {
  if (!hasFileCondition(condition)) return [];
  const byKey = new Map<string, string[]>(conditionKeys(condition).map((key) => [key, []]));
  for (const file of files) {
    if (file.place === 'message') continue;
    for (const { key, holds, saw } of fileChecks(condition, file))
      if (holds) byKey.get(key)?.push(`${file.path.join('/')} (${saw})`);
  }
  const checks = [...byKey].map(([key, named]) => check(key, named.length > 0, shortened(named)));
  const isSplit = checks.length > 1 && meeting.length === 0 && checks.every(({ holds }) => holds);
  return isSplit ? [...checks, check('one_file', false, '')] : checks;
}

function conditionKeys({ names, types, declared, bytesMin }: PolicyRule['file']): string[] {
  return [
    ...(names.length > 0 ? ['file_name'] : []),
    ...(types.length > 0 ? ['file_type'] : []),
    ...(declared.length > 0 ? ['declared_type'] : []),
    ...(bytesMin > 0 ? ['file_bytes_min'] : []),
  ];
}

function checksOfFindings(rule: PolicyRule, found: readonly Found[], meeting: readonly RuledFile[]): Check[] {
  const { name, action, verdict } = rule;
  if (verdict.length === 0) return [];
  const byFile = hasFileCondition(rule.file) ? { byFile: true as const } : {};
  const concerned = concernedBy({ name, action, verdict, ...byFile }, found, meeting);
  const seen = (some: readonly Found[]) =>
    shortened([...new Set(some.map(({ kind, path }) => `${kind}: ${path.join('/')}`))]);
  return [check('verdict', concerned.length > 0, seen(concerned.length > 0 ? concerned : found))];
}

function shortened(names: readonly string[]): string {
  const more = names.length - filesNamedMax;
  return `${names.slice(0, filesNamedMax).join(', ')}${more > 0 ? `, … (+${more})` : ''}`;
}
