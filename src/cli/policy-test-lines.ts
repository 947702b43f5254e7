import { styleText } from 'node:util';
import { printable } from '../events/printable.ts';
import type { MalwareFact, Verdict } from '../events/scan.ts';
import type { PolicyRule } from '../machines/policy.ts';
import type { RuleExplanation } from '../machines/policy-explanation.ts';
import { wordFor } from '../projections/messages/words.ts';
import type { LocalScanner } from '../wiring/local-scan.ts';
import type { Trial, TrialGroup, TrialMail } from '../wiring/policy-trial.ts';
import type { Language } from './language.ts';
import type { ListedRule } from './policy-list.ts';
import { policyWord } from './policy-words.ts';
import { ambiguityWord, scanWord, unscannableWord } from './scan-words.ts';
import { componentVersions } from './scanned.ts';

/** What is told besides the trial itself. */
export interface TrialContext {
  name: string;
  mail: TrialMail;
  scanner: LocalScanner;
  rules: readonly ListedRule[];
  language: Language;
}

/** Hashes that are named. */
const hashesShownMax = 3;

/** Step by step what would be asked and decided. Whatever came with the mail is escaped. */
export function trialLines(trial: Trial, context: TrialContext): string[] {
  return [
    ...messageLines(trial, context),
    ...patternLines(trial, context),
    ...foundLines(trial, context),
    ...trial.groups.flatMap((group, index) => ['', ...groupLines(group, index, context)]),
  ];
}

const w = (name: Parameters<typeof policyWord>[0], { language }: TrialContext) => policyWord(name, language);

function messageLines({ scan: { read } }: Trial, context: TrialContext): string[] {
  const { name, mail, language } = context;
  const subject = read.subject === undefined ? '' : ` "${printable(read.subject)}"`;
  const size = `${mail.content.length} ${scanWord('bytes', language)}`;
  const files = `${w('files', context)}: ${read.files.length}`;
  return [
    `${w('message', context)}: ${printable(name)}${subject}, ${size}, ${files}`,
    `  ${w('from', context)} <${printable(mail.mailFrom)}>, ${w('client', context)} ${printable(mail.client)}`,
  ];
}

/** What each pattern and the filter say. */
function patternLines({ scan }: Trial, context: TrialContext): string[] {
  const versions = componentVersions(context.scanner);
  const line = (by: 'agent' | 'conventional', found: readonly MalwareFact[] | undefined) => {
    const head = `${wordFor('by', by, context.language)} ${printable(versions[by] ?? '')}`.trim();
    return `${head}: ${found === undefined ? w('missing', context) : malwareText(found, context)}`;
  };
  return [line('agent', scan.agent), ...askLines(scan, context), line('conventional', scan.conventional)];
}

function askLines({ toAsk, asked, agent = [] }: Trial['scan'], context: TrialContext): string[] {
  if (agent.length > 0) return [w('settled', context)];
  const named = toAsk.slice(0, hashesShownMax).map((hash) => `${hash.slice(0, 12)}…`);
  const head = `${w('wouldAsk', context)}: ${toAsk.length} ${w('hashes', context)}`;
  if (toAsk.length === 0) return [head];
  const which = `${head} (${named.join(', ')}${toAsk.length > hashesShownMax ? ', …' : ''})`;
  if (asked === undefined) return [which, `  ${w('assumed', context)}`];
  if ('problem' in asked) return [which, `  ${scanWord('failed', context.language)}: ${printable(asked.problem)}`];
  return [which, `  ${printable(asked.server)}: ${malwareText(asked.malware, context)}`];
}

function malwareText(malware: readonly MalwareFact[], context: TrialContext): string {
  const found = malware.map(({ name, path }) => `${printable(name)} (${printable(path.join('/'))})`);
  return found.join(', ') || w('nothing', context);
}

function foundLines({ scan: { read } }: Trial, context: TrialContext): string[] {
  const { language } = context;
  const lines = [
    ...(read.ambiguous ?? []).map(({ reason, path }) => {
      return `${scanWord('ambiguous', language)}: ${ambiguityWord(reason, language)} (${path.join('/')})`;
    }),
    ...read.unscannable.map(({ reason, path }) => {
      return `${scanWord('unscannable', language)}: ${unscannableWord(reason, language)} (${path.join('/')})`;
    }),
  ];
  return lines.map(printable);
}

function groupLines({ recipients, rules, verdict }: TrialGroup, index: number, context: TrialContext): string[] {
  const names = recipients.map((recipient) => `<${printable(recipient)}>`).join(', ');
  const apart = index > 0 ? ` ${w('apart', context)}` : '';
  const isOver = rules.at(-1)?.matches === true;
  const hasMore = isOver && rules.length < context.rules.length;
  return [
    `${w('recipients', context)}: ${names}${apart}`,
    ...rules.flatMap((each) => ruleLines(each, context)),
    ...(hasMore ? [`  ${w('notLooked', context)}`] : []),
    ...(isOver ? [] : [`  ${w('noRule', context)}`]),
    ...verdictLines(verdict, context),
  ];
}

function ruleLines({ rule, checks, matches }: RuleExplanation, context: TrialContext): string[] {
  const given = context.rules.find(({ name }) => name === rule.name)?.conditions ?? {};
  const said = styleText(matches ? 'green' : 'dim', w(matches ? 'yes' : 'no', context));
  const lines = checks.map(({ key, holds, saw }) => {
    const condition = key === 'one_file' ? w('one_file', context) : `${key} = ${printable(given[key] ?? '')}`;
    return `    ${condition}: ${w(holds ? 'holds' : 'fails', context)}${saw === '' ? '' : ` (${printable(saw)})`}`;
  });
  return [`  [policy.${rule.name}] ${said}`, ...(checks.length > 0 ? lines : [`    ${w('always', context)}`])];
}

function verdictLines(verdict: Verdict | undefined, context: TrialContext): string[] {
  const { language } = context;
  if (verdict === undefined) return [`  ${w('reply', context)}: ${w('deferred', context)}`];
  const { action, also = [], rule, recipient, notices = [], untold = [] } = verdict;
  const by = rule === undefined ? '' : ` [policy.${rule}]`;
  const done = [action, ...also].map((each) => `${each} (${wordFor('action', each, language)})`);
  const isBoth = verdict.verdict !== 'clean' && context.scanner.settings.policy.rules.some(isAboutMessage(rule));
  const to = recipient === undefined ? '' : ` -> <${printable(recipient)}>`;
  const told = notices.map(({ whom, to: address }) =>
    address === undefined ? whom : `${whom} <${printable(address)}>`,
  );
  const not = untold.map(({ whom, to: address, why }) => `${whom} <${printable(address)}> (${why})`);
  return [
    `  ${w('verdict', context)}: ${wordFor('verdict', verdict.verdict, language)}${by}`,
    `  ${w('action', context)}: ${done.join(', ')}${to}${isBoth ? ` ${w('both', context)}` : ''}`,
    ...(told.length > 0 ? [`  ${w('told', context)}: ${told.join(', ')}`] : []),
    ...(not.length > 0 ? [`  ${w('untold', context)}: ${not.join(', ')}`] : []),
  ];
}

/** Such a rule leaves what was found to the virus rule. */
function isAboutMessage(name: string | undefined): (rule: PolicyRule) => boolean {
  return (rule) => rule.name === name && rule.verdict.length === 0;
}
