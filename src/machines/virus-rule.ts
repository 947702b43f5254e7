import type { Action, Findings, MalwareFact, UnscannableFact, Verdict } from '../events/scan.ts';

/** The virus rule: what is done for each finding (`[virus_rule]`). */
export interface VirusRule {
  malware: Action;
  encrypted: Action;
  /** Containers that are not unpacked yet; they are looked up as they are. */
  unsupported: Action;
  /** Damaged, partial, crashed, refused by the server. */
  unreadable: Action;
  /** Over a limit of unpacking. */
  limit: Action;
}

const limits = new Set(['too-deep', 'too-many-files', 'too-many-parts', 'too-large', 'ratio', 'too-slow']);
const strength: Action[] = ['pass', 'tag', 'delete_attachment', 'quarantine', 'delete_message', 'reject'];

/** Actions that keep the message from its recipients outweigh those that change it, and those outweigh passing. */
function strongest(actions: readonly Action[]): Action {
  return actions.reduce<Action>((a, b) => (strength.indexOf(b) > strength.indexOf(a) ? b : a), 'pass');
}

function unscannableAction(rule: VirusRule, fact: UnscannableFact): Action {
  if (fact.reason === 'encrypted') return rule.encrypted;
  if (fact.reason === 'unsupported') return rule.unsupported;
  return limits.has(fact.reason) ? rule.limit : rule.unreadable;
}

/** An attachment can be deleted; text in the body and the message as a whole cannot: quarantine. */
function applicable(action: Action, found: { place?: MalwareFact['place']; part?: number }): Action {
  const removable = found.part !== undefined && (found.place ?? 'attachment') === 'attachment';
  return action === 'delete_attachment' && !removable ? 'quarantine' : action;
}

/** Decides the verdict of a message and the action of the virus rule. */
export function decideVerdict(
  rule: VirusRule,
  findings: Findings,
  outcome: { method: 'smart' | 'conventional'; malware: readonly MalwareFact[]; servers: readonly string[] },
): Verdict {
  const { malware } = outcome;
  const hits = [
    ...malware.map((found) => ({ part: found.part, action: applicable(rule.malware, found) })),
    ...findings.unscannable.map((fact) => ({
      part: fact.part,
      action: applicable(unscannableAction(rule, fact), fact),
    })),
  ];
  const action = strongest(hits.map((hit) => hit.action));
  const doomed = hits.filter((hit) => hit.action === 'delete_attachment').flatMap((hit) => hit.part ?? []);
  return {
    verdict: malware.length > 0 ? 'malware' : findings.unscannable.length > 0 ? 'unscannable' : 'clean',
    method: outcome.method,
    action,
    malware,
    unscannable: findings.unscannable,
    removed: action === 'delete_attachment' ? [...new Set(doomed)] : [],
    unasked: outcome.method === 'conventional' ? findings.toAsk : [],
    components: findings.components,
    servers: outcome.servers,
    fileCount: findings.fileCount,
  };
}
