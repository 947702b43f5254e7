import type { PolicyRule } from './policy.ts';

/** A rule that can never be the one, and the rule before it that is the one instead. */
export interface Unreachable {
  rule: PolicyRule;
  behind: PolicyRule;
}

/** Rules that an earlier one hides. Only what can be seen without knowing what patterns mean: the same values, more of them, or none. */
export function unreachableRules(rules: readonly PolicyRule[]): Unreachable[] {
  return rules.flatMap((rule, index) => {
    const behind = rules.slice(0, index).find((earlier) => hides(earlier, rule));
    return behind === undefined ? [] : [{ rule, behind }];
  });
}

/** Whether every message that the later one would match is matched by the earlier one. */
function hides(earlier: PolicyRule, later: PolicyRule): boolean {
  return (
    isWider(earlier.direction, later.direction) &&
    isWider(earlier.from, later.from) &&
    isWider(earlier.to, later.to) &&
    isWider(earlier.verdict, later.verdict) &&
    isWider(earlier.file.names, later.file.names) &&
    isWider(earlier.file.types, later.file.types) &&
    isWider(earlier.file.declared, later.file.declared) &&
    earlier.file.bytesMin <= later.file.bytesMin &&
    earlier.messageBytesMin <= later.messageBytesMin
  );
}

function isWider<Value>(one: readonly Value[], other: readonly Value[]): boolean {
  return one.length === 0 || (other.length > 0 && other.every((value) => one.includes(value)));
}
