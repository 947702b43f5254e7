import type { Action, AppliedRule, FindingKind, SideAction } from '../events/scan.ts';
import { isAddressed, isInDomain } from './address.ts';
import { type Check, check } from './policy-check.ts';
import { type FileCondition, hasFileCondition } from './policy-files.ts';

/**
 * Rules of the administrator (`[policy.NAME]`), in order: the first whose conditions all hold decides. The envelope is looked at when
 * a recipient comes, files when they have been read, findings with the verdict. Each decision is made of the checks that explain it.
 */

/** Seen from us: whether the recipient is in our domains, and the client in our networks. What a sender calls itself proves nothing. */
export const directions = ['incoming', 'outgoing', 'internal'] as const;
export type Direction = (typeof directions)[number];

/** A rule. An empty list, 0, or a `file` without anything in it is no condition. */
export interface PolicyRule {
  name: string;
  direction: readonly Direction[];
  /** Patterns of `isAddressed`. */
  from: readonly string[];
  to: readonly string[];
  messageBytesMin: number;
  file: FileCondition;
  /** It is about these findings, and takes the place of the virus rule for them; empty: about the message. */
  verdict: readonly FindingKind[];
  action: Action;
  also: readonly SideAction[];
}

export interface Policy {
  rules: readonly PolicyRule[];
  /** Lower case; `.example.org` stands for all domains below it. */
  ownDomains: readonly string[];
}

/** What rules look at before a message is read. */
export interface RuledEnvelope {
  /** '' is the null sender. */
  mailFrom: string;
  recipient: string;
  /** Whether the client is in `[policy] own_networks`. */
  fromOwnNetwork: boolean;
  /** Absent: the message is yet to come, and may have any size. */
  messageBytes?: number;
}

export function directionOf(
  { recipient, fromOwnNetwork }: Pick<RuledEnvelope, 'recipient' | 'fromOwnNetwork'>,
  ownDomains: readonly string[],
): Direction {
  if (!isInDomain(recipient, ownDomains)) return 'outgoing';
  return fromOwnNetwork ? 'internal' : 'incoming';
}

/** What comes of each condition on the envelope that the rule has. */
export function envelopeChecks(rule: PolicyRule, envelope: RuledEnvelope, ownDomains: readonly string[]): Check[] {
  const { mailFrom, recipient, messageBytes } = envelope;
  const direction = directionOf(envelope, ownDomains);
  const checks: Check[] = [];
  if (rule.direction.length > 0) checks.push(check('direction', rule.direction.includes(direction), direction));
  if (rule.from.length > 0) checks.push(check('from', isOneOf(mailFrom, rule.from), mailFrom || '<>'));
  if (rule.to.length > 0) checks.push(check('to', isOneOf(recipient, rule.to), recipient));
  if (rule.messageBytesMin > 0 && messageBytes !== undefined)
    checks.push(check('message_bytes_min', messageBytes >= rule.messageBytesMin, String(messageBytes)));
  return checks;
}

function isOneOf(address: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => isAddressed(address, pattern));
}

/** Nothing in the message can keep the rule from being the one. */
export function isForEveryMessage({ messageBytesMin, file, verdict }: PolicyRule, isSizeKnown: boolean): boolean {
  return verdict.length === 0 && !hasFileCondition(file) && (messageBytesMin === 0 || isSizeKnown);
}

/** The rules that may be the one for a message with this envelope, in order: up to the first that any message would meet. */
export function rulesFor({ rules, ownDomains }: Policy, envelope: RuledEnvelope): PolicyRule[] {
  const possible: PolicyRule[] = [];
  for (const rule of rules) {
    if (!envelopeChecks(rule, envelope, ownDomains).every(({ holds }) => holds)) continue;
    possible.push(rule);
    if (isForEveryMessage(rule, envelope.messageBytes !== undefined)) break;
  }
  return possible;
}

/**
 * Whether two recipients of one message may be answered by one reply: the same rules may be the one for both. If not, the outcome may
 * differ, and the second needs a transaction of its own.
 */
export function mayShareTransaction(policy: Policy, one: RuledEnvelope, other: RuledEnvelope): boolean {
  if (!policy.rules.some(({ direction, to }) => direction.length > 0 || to.length > 0)) return true;
  const [ones, others] = [rulesFor(policy, one), rulesFor(policy, other)];
  return ones.length === others.length && ones.every((rule, index) => rule === others[index]);
}

/** What stands of a rule in the events of a scan: its envelope has been looked at, its files will be named in the findings. */
export function appliedRule({ name, verdict, file, action, also }: PolicyRule): AppliedRule {
  return {
    ...{ name, action },
    ...(verdict.length > 0 ? { verdict } : {}),
    ...(hasFileCondition(file) ? { byFile: true as const } : {}),
    ...(also.length > 0 ? { also } : {}),
  };
}
