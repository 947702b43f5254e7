import type { PolicyRule } from '../../machines/policy.ts';
import { hasFileCondition } from '../../machines/policy-files.ts';
import { unreachableRules } from '../../machines/policy-order.ts';
import { actionChecks } from './action-checks.ts';
import type { CrossCheck } from './cross-checks.ts';
import type { IniContent } from './ini.ts';
import { nameOf } from './tables.ts';
import type { ValueReader } from './value-reader.ts';

/** Rules as they stand in the file. */
export interface ReadRules {
  rules: readonly PolicyRule[];
  problems: readonly string[];
  /** What can hardly be meant. */
  warnings: readonly string[];
  checks: readonly CrossCheck[];
}

/** Reads every `[policy.NAME]` of the file, in its order. What cannot be read is a problem of the reader. */
export function readRules({ sections }: IniContent, file: string, reader: ValueReader): ReadRules {
  const places = [...sections].flatMap(([section, line]) => {
    const name = nameOf('policy', section);
    return name === undefined ? [] : [{ section, name, at: `${file}:${line}: [${section}]`, line }];
  });
  const rules = places.map(({ name }) => ruleOf(name, reader));
  const unfinished = places.filter(({ section }) => reader.textOf(`${section}.action`) === '');
  const lineOf = (rule: PolicyRule) => places.find(({ name }) => name === rule.name)?.line;
  const warnings = unreachableRules(rules).map(({ rule, behind }) => {
    const at = places.find(({ name }) => name === rule.name)?.at;
    return `${at} is never the one: [policy.${behind.name}] on line ${lineOf(behind)} matches all that it would`;
  });
  return {
    rules,
    warnings,
    problems: unfinished.map(({ at }) => `${at} has no action: what becomes of a message that it matches?`),
    checks: places.flatMap(({ section }, index) => checksOf(section, rules[index])),
  };
}

function ruleOf(name: string, reader: ValueReader): PolicyRule {
  const values = reader.named('policy', name);
  const { direction, from, to, verdict, action, also } = values;
  return {
    ...{ name, direction, from, to, verdict, action, also },
    messageBytesMin: values.message_bytes_min,
    file: {
      names: values.file_name,
      types: [...new Set(values.file_type.flat())],
      declared: values.declared_type,
      bytesMin: values.file_bytes_min,
    },
  };
}

function checksOf(section: string, rule: PolicyRule | undefined): CrossCheck[] {
  if (rule === undefined) return [];
  const key = (name: string) => `${section}.${name}`;
  const { action, also, direction, verdict, file } = rule;
  return [
    ...actionChecks({ action: key('action'), also: key('also'), read: () => ({ action, also }) }),
    {
      keys: [key('action'), key('verdict')],
      holds: () => action !== 'pass' || verdict.length === 0,
      wrong: 'what was found is never passed as if nothing had been found: tag is the mildest action for it',
    },
    {
      keys: [key('action'), key('file_name'), key('file_type'), key('verdict')],
      holds: () => action !== 'delete_attachment' || verdict.length > 0 || hasFileCondition(file),
      wrong: 'delete_attachment needs a condition on files, or a verdict: there is else no file to delete',
    },
    {
      keys: [key('direction'), 'notify.own_domains'],
      holds: ({ notify }) => direction.length === 0 || notify.own_domains.length > 0,
      wrong: 'what comes in and what goes out is told by [notify] own_domains, and there are none',
    },
    {
      keys: [key('direction'), 'policy.own_networks'],
      holds: ({ policy }) => !direction.includes('internal') || policy.own_networks.length > 0,
      wrong: 'internal mail comes from [policy] own_networks, and there are none',
    },
  ];
}
