/** Facts of one scan, as machines decide on them and as the log holds them. No file content, ever (invariant 9). */

/** A file that was found in a message. */
export interface FileFact {
  /** Names from the outside in, e.g. `['invoice.zip', 'invoice.exe']`. Mail-controlled: escape when shown. */
  path: readonly string[];
  size: number;
  /** SHA-256 of each plausible content, lower-case hexadecimal. */
  sha256: readonly string[];
  place: 'attachment' | 'inline' | 'message';
  /** Which removable part of the message holds it. */
  part?: number;
  /** Every file name that any program may read, where there is more than the last of `path`; at most 8. */
  names?: readonly string[];
}

/** Something in the message that could not be read, and why. */
export interface UnscannableFact {
  reason: string;
  path: readonly string[];
  part?: number;
}

/** Why programs read different files out of a message, so that one of them may be hidden from whoever looks. Closed list. */
export const ambiguityReasons = [
  'conflicting-content-type',
  'conflicting-boundary',
  'missing-boundary',
  'conflicting-encoding',
  'unknown-encoding',
  'lying-encoding',
  'broken-encoding',
  'encoded-multipart',
  'header-in-body',
  'hidden-part',
  'hidden-in-header',
  'hidden-in-preamble',
  'hidden-in-epilogue',
  'odd-line-ends',
  'nul-bytes',
] as const;
export type AmbiguityReason = (typeof ambiguityReasons)[number];

/** Something in the message that programs read differently. */
export interface AmbiguityFact {
  reason: AmbiguityReason;
  path: readonly string[];
  part?: number;
}

/** Malware, and who said so. */
export interface MalwareFact {
  path: readonly string[];
  name: string;
  sha256: string;
  place: 'attachment' | 'inline' | 'message';
  part?: number;
  by: 'agent' | 'server' | 'conventional' | 'clamd';
  /** Whose answer it was, `host:port` or the name of a service, when it was found by one: also where it was a kept one. */
  server?: string;
  /** Of that server: the pattern that its answer rests on, and the source that it has the hash from. Not every one says them. */
  patternId?: string;
  patternVersion?: string;
  source?: string;
  /** Of a reputation service: what its answer rests on. */
  details?: string;
}

/** Versions that a verdict rests on (smart-scan.md section 1). */
export interface ComponentFacts {
  agent?: string;
  conventional?: string;
  /** YARA rules in the agent and the conventional pattern; absent: none. */
  agentRules?: number;
  conventionalRules?: number;
  /** Version of the clamd that looked at it; `unavailable`: none answered, and `[clamd] required` is no. Absent: none was to. */
  clamd?: string;
  filter?: string;
  /** Age of the filter when it was used. */
  filterAgeMs?: number;
}

/** The outcome of unpacking and of the local look-ups. */
export interface Findings {
  /** The search method in force for this message (D16). */
  method: 'smart' | 'conventional';
  /** D3: what is missing so that nothing can be decided; 451. */
  notReady?: string;
  files: readonly FileFact[];
  /** How many files there were; `files` may be cut for the log. */
  fileCount: number;
  unscannable: readonly UnscannableFact[];
  /** Absent: every program reads the same. */
  ambiguous?: readonly AmbiguityFact[];
  malware: readonly MalwareFact[];
  /** Parts that are attachments; only where a rule may delete them all. */
  attachments?: readonly number[];
  /** Files that rules of the policy are about, by rule; absent: none. */
  ruleFiles?: readonly RuleFiles[];
  /** Hashes that are in the query filter (all suspicious ones when there is no filter). */
  toAsk: readonly string[];
  /** Hashes that reputation services are asked about, which have no filter: suspicious files. Absent: no service is asked. */
  toAskServices?: readonly string[];
  components: ComponentFacts;
}

/** A file as far as a rule of the policy, and what it does, needs to know it. */
export interface RuleFile {
  path: readonly string[];
  place: 'attachment' | 'inline' | 'message';
  part?: number;
}

/** The files that meet the conditions of a rule. */
export interface RuleFiles {
  rule: string;
  files: readonly RuleFile[];
}

/** Somebody who was to answer and did not, though the message goes on: an advisory service, or one whose answer would have changed nothing. */
export interface Unanswered {
  /** Name of the service; `smart-protection` is the list of servers. */
  server: string;
  /** Kind of the failure (failure-names.ts). */
  kind: string;
}

/** What the server answered for the hashes of one message. */
export interface Answered {
  malware: readonly MalwareFact[];
  /** `host:port` of the servers that answered; `cache` for kept answers. */
  servers: readonly string[];
  patternVersion?: string;
  /** Absent: nobody. */
  unanswered?: readonly Unanswered[];
}

/** Outcome of a conventional scan. */
export interface ConventionalFindings {
  notReady?: string;
  /** Where the message was read again: what could not be read this time. Absent: as in `Findings`. */
  unscannable?: readonly UnscannableFact[];
  malware: readonly MalwareFact[];
  /** Servers and services that answered though the scan is conventional, as others cannot be asked; absent: none was asked. */
  servers?: readonly string[];
  unanswered?: readonly Unanswered[];
  /** See `ComponentFacts.clamd`. */
  clamd?: string;
}

/** What becomes of the message: one of these, from the mildest to the strongest. */
export const actions = [
  'pass',
  'tag',
  'delete_attachment',
  'delete_all_attachments',
  'change_recipient',
  'quarantine',
  'delete_message',
  'reject',
] as const;
export type Action = (typeof actions)[number];

/** What is done besides. */
export const sideActions = [
  'tag_subject',
  'add_header',
  'archive',
  'notify_administrator',
  'notify_recipient',
  'notify_sender',
] as const;
export type SideAction = (typeof sideActions)[number];

/** What the virus rule, and rules of the policy, tell apart. */
export const findingKinds = ['malware', 'ambiguous', 'encrypted', 'unsupported', 'unreadable', 'limit'] as const;
export type FindingKind = (typeof findingKinds)[number];

/** A rule of the policy that may be the one for a message, as its envelope says. */
export interface AppliedRule {
  name: string;
  /** It takes the place of the virus rule for these findings; absent: it is about the message. */
  verdict?: readonly FindingKind[];
  /** It is about files: `Findings.ruleFiles` has them, if there are any. */
  byFile?: true;
  action: Action;
  also?: readonly SideAction[];
}

/** Somebody who is told of what the virus rule did. Sent by the outbox of notifications once the message is answered. */
export interface RuleNotice {
  whom: 'administrator' | 'recipient' | 'sender';
  /** The address, as it stood in the envelope: escape it where it is shown. Absent: that of the administrator's settings. */
  to?: string;
}

/** Somebody whom the rule would tell, and why nothing is sent to them. */
export interface Untold {
  whom: 'recipient' | 'sender';
  to: string;
  why: 'outside' | 'null-sender' | 'automatic';
}

/** The verdict event of a scan: self-contained, and what the virus rule made of it. */
export interface Verdict {
  verdict: 'clean' | 'malware' | 'ambiguous' | 'unscannable';
  method: 'smart' | 'conventional';
  action: Action;
  /** Name of the rule of the policy that was the one; absent: none was. */
  rule?: string;
  /** Files that it is about, the first of them; absent: it is about no files. */
  ruleFiles?: readonly RuleFile[];
  malware: readonly MalwareFact[];
  unscannable: readonly UnscannableFact[];
  /** Absent: nothing. */
  ambiguous?: readonly AmbiguityFact[];
  /** What is done besides the action; absent: nothing. */
  also?: readonly SideAction[];
  /** Parts that the action takes out. */
  removed: readonly number[];
  /** Where the message goes instead of to its recipients. */
  recipient?: string;
  /** Who is told; absent: nobody. */
  notices?: readonly RuleNotice[];
  /** Who is not told though the rule says so; absent: nobody. */
  untold?: readonly Untold[];
  /** D17: hashes that smart scan would have asked about, when the scan was conventional. */
  unasked: readonly string[];
  components: ComponentFacts;
  servers: readonly string[];
  /** Who did not answer, as the message went on without; absent: nobody. */
  unanswered?: readonly Unanswered[];
  fileCount: number;
}

/** Nothing was found, and nothing is done with the message but that it is passed on. */
export function isUneventful({ verdict, action, also = [] }: Verdict): boolean {
  return verdict === 'clean' && action === 'pass' && also.length === 0;
}
