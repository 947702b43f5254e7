import {
  type Action,
  type AmbiguityFact,
  type AppliedRule,
  actions,
  type FindingKind,
  type Findings,
  findingKinds,
  type MalwareFact,
  type SideAction,
  type Unanswered,
  type UnscannableFact,
  type Verdict,
} from '../events/scan.ts';
import { type DecidingRule, decidingRule, type Found } from './policy-verdict.ts';
import { type Telling, whoIsTold } from './told.ts';

/** The virus rule: what becomes of a message for each kind of finding, and what is done besides (`[virus_rule]`). */
export interface VirusRule extends Readonly<Record<Exclude<FindingKind, 'ambiguous'>, Action>> {
  /** Absent in what gateways before 0.4.0 wrote: they found nothing ambiguous. */
  ambiguous?: Action;
  /** Absent: nothing is done besides. */
  also?: Readonly<Partial<Record<FindingKind, readonly SideAction[]>>>;
  /** Where `change_recipient` sends to. */
  recipient?: string;
  /** Whom `notify_…` may tell; absent: nobody but the administrator. */
  telling?: Telling;
}

/** What the rule needs to know of a message besides what was found in it. */
export interface RuledMail {
  /** '' is the null sender. */
  mailFrom: string;
  recipients: readonly string[];
  /** It says that a machine or a mailing list sent it (RFC 3834). */
  automatic?: boolean;
  /** Rules of the policy that may be the one, as the envelope says, in order; absent: none. */
  policy?: readonly AppliedRule[];
}

const limits = new Set(['too-deep', 'too-many-files', 'too-many-parts', 'too-large', 'ratio', 'too-slow']);
const removing: ReadonlySet<Action> = new Set(['delete_attachment', 'delete_all_attachments']);
const keeping: ReadonlySet<Action> = new Set(['quarantine', 'delete_message', 'reject']);
const onDelivered: ReadonlySet<SideAction> = new Set(['tag_subject', 'add_header']);

/** Actions that keep the message from its recipients outweigh those that change it, and those outweigh passing. */
function strongest(candidates: readonly Action[]): Action {
  return candidates.reduce<Action>((a, b) => (actions.indexOf(b) > actions.indexOf(a) ? b : a), 'pass');
}

/** Nobody would see it, or who is told knows already. */
export function contradicts(action: Action, side: SideAction): boolean {
  return (keeping.has(action) && onDelivered.has(side)) || (action === 'reject' && side === 'notify_sender');
}

function kindOf({ reason }: UnscannableFact): FindingKind {
  if (reason === 'encrypted' || reason === 'unsupported') return reason;
  // What a mail only points to is no more read than an unknown archive.
  if (reason === 'external') return 'unsupported';
  return limits.has(reason) ? 'limit' : 'unreadable';
}

/** Something to act on, and what is said of it. */
interface Hit {
  action: Action;
  also: readonly SideAction[];
  part: number | undefined;
  /** The message itself, and nothing in it that could be taken out. */
  isMessage?: true;
}

/** An attachment can be deleted; text in the body and the message as a whole cannot: quarantine. */
function hitBy(
  action: Action,
  also: readonly SideAction[],
  { place = 'attachment', part }: Pick<Found, 'place' | 'part'>,
): Hit {
  const removable = part !== undefined && place === 'attachment';
  return { action: removing.has(action) && !removable ? 'quarantine' : action, also, part };
}

/** What the virus rule says of each finding, but for those that a rule of the policy is about; and what that rule says. */
function hitsOf(rule: VirusRule, found: readonly Found[], deciding: DecidingRule | undefined): Hit[] {
  const hits = found.map((each) =>
    deciding?.concerned.has(each)
      ? hitBy(deciding.rule.action, deciding.rule.also ?? [], each)
      : hitBy(rule[each.kind] ?? 'quarantine', rule.also?.[each.kind] ?? [], each),
  );
  if (deciding === undefined || deciding.rule.verdict !== undefined) return hits;
  const { action, also = [] } = deciding.rule;
  if (action !== 'delete_attachment') return [...hits, { action, also, part: undefined, isMessage: true }];
  return [...hits, ...deciding.files.map((file) => hitBy(action, also, file))];
}

/** All attachments can be deleted only when all of them are known. */
function actionOf(hits: readonly Hit[]): Action {
  const action = strongest(hits.map((hit) => hit.action));
  const isUnknown = hits.some(({ part, isMessage }) => part === undefined && !isMessage);
  return action === 'delete_all_attachments' && isUnknown ? 'quarantine' : action;
}

function removedBy(action: Action, hits: readonly Hit[], { attachments = [] }: Findings): number[] {
  if (!removing.has(action)) return [];
  const parts = hits.filter((hit) => removing.has(hit.action)).flatMap(({ part }) => part ?? []);
  return [...new Set(action === 'delete_all_attachments' ? [...attachments, ...parts] : parts)];
}

/** Everything that is said of any of them, but for what makes no sense with the action that won. */
function besides(action: Action, hits: readonly Hit[]): SideAction[] {
  const all = new Set(hits.flatMap(({ also }) => also));
  return [...all].filter((side) => !contradicts(action, side));
}

/** Whether `delete_all_attachments` stands in a rule, so that it must be known which parts are attachments. */
export function mayDeleteAll(rule: VirusRule, policy: readonly Pick<AppliedRule, 'action'>[] = []): boolean {
  return [...findingKinds.map((kind) => rule[kind]), ...policy.map(({ action }) => action)].includes(
    'delete_all_attachments',
  );
}

/** Malware outweighs all; who writes mail that programs read differently may hide more than what cannot be read. */
function verdictOf(
  malware: readonly MalwareFact[],
  { ambiguous = [], unscannable }: { ambiguous?: readonly AmbiguityFact[]; unscannable: readonly UnscannableFact[] },
): Verdict['verdict'] {
  if (malware.length > 0) return 'malware';
  if (ambiguous.length > 0) return 'ambiguous';
  return unscannable.length > 0 ? 'unscannable' : 'clean';
}

/** Files that a verdict names for its rule; the findings name more. */
const ruleFilesMax = 20;

/** Everything that was found, with the name that rules have for it. */
export function foundIn(malware: readonly MalwareFact[], { ambiguous = [], unscannable }: Findings): Found[] {
  return [
    ...malware.map((fact): Found => ({ ...fact, kind: 'malware' })),
    ...ambiguous.map((fact): Found => ({ ...fact, kind: 'ambiguous' })),
    ...unscannable.map((fact): Found => ({ ...fact, kind: kindOf(fact) })),
  ];
}

/** Decides the verdict of a message, the action of the virus rule or of a rule of the policy, and who is told. */
export function decideVerdict(rule: VirusRule, findings: Findings, outcome: Outcome, mail: RuledMail): Verdict {
  const { malware, unanswered = [] } = outcome;
  const { ambiguous = [] } = findings;
  const found = foundIn(malware, findings);
  const deciding = decidingRule(mail.policy ?? [], found, findings.ruleFiles);
  const hits = hitsOf(rule, found, deciding);
  const action = actionOf(hits);
  const also = besides(action, hits);
  return {
    verdict: verdictOf(malware, findings),
    method: outcome.method,
    action,
    ...(deciding && { rule: deciding.rule.name }),
    ...(deciding && deciding.files.length > 0 && { ruleFiles: deciding.files.slice(0, ruleFilesMax) }),
    ...(also.length > 0 ? { also } : {}),
    malware,
    unscannable: findings.unscannable,
    ...(ambiguous.length > 0 ? { ambiguous } : {}),
    removed: removedBy(action, hits, findings),
    ...(action === 'change_recipient' && rule.recipient !== undefined ? { recipient: rule.recipient } : {}),
    ...whoIsTold(also, mail, rule.telling),
    unasked: outcome.method === 'conventional' ? unaskedOf(findings) : [],
    components: findings.components,
    servers: outcome.servers,
    ...(unanswered.length > 0 && { unanswered }),
    fileCount: findings.fileCount,
  };
}

/** What scanning found out, by which way. */
interface Outcome {
  method: 'smart' | 'conventional';
  malware: readonly MalwareFact[];
  servers: readonly string[];
  /** Absent: nobody. */
  unanswered?: readonly Unanswered[];
}

/** D17. */
function unaskedOf({ toAsk, toAskServices = [] }: Findings): string[] {
  return [...new Set([...toAsk, ...toAskServices])];
}
