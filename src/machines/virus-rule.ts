import {
  type Action,
  type AmbiguityFact,
  actions,
  type Findings,
  type MalwareFact,
  type SideAction,
  type UnscannableFact,
  type Verdict,
} from '../events/scan.ts';
import { type Telling, whoIsTold } from './told.ts';

/** What the virus rule tells apart. */
export const findingKinds = ['malware', 'ambiguous', 'encrypted', 'unsupported', 'unreadable', 'limit'] as const;
export type FindingKind = (typeof findingKinds)[number];

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

/** One finding, and what the rule says of it. */
interface Hit {
  kind: FindingKind;
  action: Action;
  part: number | undefined;
}

/** An attachment can be deleted; text in the body and the message as a whole cannot: quarantine. */
function hitBy(rule: VirusRule, kind: FindingKind, found: { place?: MalwareFact['place']; part?: number }): Hit {
  const removable = found.part !== undefined && (found.place ?? 'attachment') === 'attachment';
  const ruled = rule[kind] ?? 'quarantine';
  const action = removing.has(ruled) && !removable ? 'quarantine' : ruled;
  return { kind, action, part: found.part };
}

/** All attachments can be deleted only when all of them are known. */
function actionOf(hits: readonly Hit[]): Action {
  const action = strongest(hits.map((hit) => hit.action));
  return action === 'delete_all_attachments' && hits.some(({ part }) => part === undefined) ? 'quarantine' : action;
}

function removedBy(action: Action, hits: readonly Hit[], { attachments = [] }: Findings): number[] {
  if (!removing.has(action)) return [];
  const parts = hits.filter((hit) => removing.has(hit.action)).flatMap(({ part }) => part ?? []);
  return [...new Set(action === 'delete_all_attachments' ? [...attachments, ...parts] : parts)];
}

/** Everything that the rule says of any finding, but for what makes no sense with the action that won. */
function besides({ also = {} }: VirusRule, action: Action, hits: readonly Hit[]): SideAction[] {
  const all = new Set(hits.flatMap(({ kind }) => also[kind] ?? []));
  return [...all].filter((side) => !contradicts(action, side));
}

/** Whether `delete_all_attachments` stands in the rule, so that it must be known which parts are attachments. */
export function mayDeleteAll(rule: VirusRule): boolean {
  return findingKinds.some((kind) => rule[kind] === 'delete_all_attachments');
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

/** Decides the verdict of a message, the action of the virus rule, and who is told. */
export function decideVerdict(
  rule: VirusRule,
  findings: Findings,
  outcome: { method: 'smart' | 'conventional'; malware: readonly MalwareFact[]; servers: readonly string[] },
  mail: RuledMail,
): Verdict {
  const { malware } = outcome;
  const { ambiguous = [] } = findings;
  const hits = [
    ...malware.map((found) => hitBy(rule, 'malware', found)),
    ...ambiguous.map((fact) => hitBy(rule, 'ambiguous', fact)),
    ...findings.unscannable.map((fact) => hitBy(rule, kindOf(fact), fact)),
  ];
  const action = actionOf(hits);
  const also = besides(rule, action, hits);
  return {
    verdict: verdictOf(malware, findings),
    method: outcome.method,
    action,
    ...(also.length > 0 ? { also } : {}),
    malware,
    unscannable: findings.unscannable,
    ...(ambiguous.length > 0 ? { ambiguous } : {}),
    removed: removedBy(action, hits, findings),
    ...(action === 'change_recipient' && rule.recipient !== undefined ? { recipient: rule.recipient } : {}),
    ...whoIsTold(also, mail, rule.telling),
    unasked: outcome.method === 'conventional' ? findings.toAsk : [],
    components: findings.components,
    servers: outcome.servers,
    fileCount: findings.fileCount,
  };
}
