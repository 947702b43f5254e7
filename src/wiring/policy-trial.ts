import { gatherFindings } from '../actors/scan/findings.ts';
import { readNames } from '../adapters/unpack/read-names.ts';
import type { Findings, MalwareFact, Verdict } from '../events/scan.ts';
import { appliedRule, mayShareTransaction, type RuledEnvelope, rulesFor } from '../machines/policy.ts';
import { explainRules, type RuleExplanation } from '../machines/policy-explanation.ts';
import { decideVerdict, foundIn } from '../machines/virus-rule.ts';
import type { LocalScan, LocalScanner } from './local-scan.ts';

/** A message as if it came in now. */
export interface TrialMail {
  content: Buffer;
  mailFrom: string;
  recipients: readonly string[];
  /** IP address. */
  client: string;
}

/** Recipients who get the same answer, and how it is found. */
export interface TrialGroup {
  recipients: readonly string[];
  /** Rules that were looked at, in order; the last is the one, if it matches. */
  rules: readonly RuleExplanation[];
  /** Absent: nothing can be decided, for want of a pattern. */
  verdict?: Verdict;
}

/** What would become of a message. */
export interface Trial {
  scan: LocalScan;
  /** Search method of the settings: no failover is assumed. */
  method: Findings['method'];
  groups: readonly TrialGroup[];
}

/** Decides as the gateway would, with what decides there, and delivers nothing. */
export async function tryPolicy(scanner: LocalScanner, mail: TrialMail): Promise<Trial> {
  const scan = await scanner.scan(mail.content, 'message');
  const groups = groupsOf(scanner, mail).map((envelopes) => groupTrial(scanner, mail, scan, envelopes));
  return { scan, method: scanner.settings.method, groups };
}

/** Recipients that share a transaction, in the order in which transactions come: who gets 452 comes in a later one. */
function groupsOf({ settings }: LocalScanner, { mailFrom, recipients, client, content }: TrialMail): RuledEnvelope[][] {
  const groups: [RuledEnvelope, ...RuledEnvelope[]][] = [];
  for (const recipient of recipients) {
    const envelope = { mailFrom, recipient, fromOwnNetwork: settings.isOwnClient(client) };
    const group = groups.find(([first]) => mayShareTransaction(settings.policy, first, envelope));
    if (group) group.push(envelope);
    else groups.push([envelope]);
  }
  return groups.map((group) => group.map((envelope) => ({ ...envelope, messageBytes: content.length })));
}

function groupTrial(
  scanner: LocalScanner,
  { content, mailFrom }: TrialMail,
  scan: LocalScan,
  envelopes: readonly RuledEnvelope[],
): TrialGroup {
  const { settings, components } = scanner;
  const recipients = envelopes.map(({ recipient }) => recipient);
  const [first] = envelopes;
  const applied = first === undefined ? [] : rulesFor(settings.policy, first).map(appliedRule);
  const findings = gatherFindings(scan.read, components, settings, settings.method, Date.now(), applied);
  const { malware, servers } = outcomeOf(scan, settings.method);
  const found = foundIn(malware, findings);
  const rules = first === undefined ? [] : explainRules(settings.policy, first, scan.read.files, found);
  const isReady = (settings.method === 'smart' ? scan.agent : scan.conventional) !== undefined;
  if (!isReady) return { recipients, rules };
  const { automatic = false } = readNames(content);
  const mail = { mailFrom, recipients, automatic, policy: applied };
  const verdict = decideVerdict(settings.rule, findings, { method: settings.method, malware, servers }, mail);
  return { recipients, rules, verdict };
}

/** What the agent pattern finds is never asked about; without an answer it is as if no server knew anything. */
function outcomeOf(
  { agent = [], conventional = [], asked }: LocalScan,
  method: Findings['method'],
): { malware: readonly MalwareFact[]; servers: readonly string[] } {
  if (method === 'conventional') return { malware: conventional, servers: [] };
  if (agent.length > 0 || asked === undefined || 'problem' in asked) return { malware: agent, servers: [] };
  return { malware: asked.malware, servers: asked.server === '' ? [] : [asked.server] };
}
