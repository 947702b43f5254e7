import type {
  AppliedRule,
  ComponentFacts,
  ConventionalFindings,
  FileFact,
  Findings,
  MalwareFact,
  RuleFile,
  RuleFiles,
} from '../../events/scan.ts';
import type { Policy } from '../../machines/policy.ts';
import { filesMeeting } from '../../machines/policy-files.ts';
import { isConventional } from '../../machines/server-state.ts';
import { mayDeleteAll } from '../../machines/virus-rule.ts';
import type { HashAnswer } from '../ports/reputation.ts';
import type { PatternSet, ReadFile, ReadMessage, ScanComponents } from '../ports/scanning.ts';
import type { Servers } from '../reputation/servers.ts';
import type { ScanSettings } from '../scan-settings.ts';

/** Files listed in one event; the count is always whole. */
const filesPerEventMax = 200;

/** SHA-256 of the empty file: nothing to be suspicious of (D1). */
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function found(file: ReadFile, name: string, sha256: string, by: MalwareFact['by']): MalwareFact {
  const part = file.part === undefined ? {} : { part: file.part };
  return { path: file.path, name, sha256, place: file.place, ...part, by };
}

function hashesOf({ readings }: ReadFile): string[] {
  return readings.map(({ sha256 }) => sha256);
}

/** Every file in the pattern, by any of its plausible contents. The files were matched with the content patterns of this one, if it has any. */
export function matchPattern(
  files: readonly ReadFile[],
  pattern: PatternSet,
  by: 'agent' | 'conventional',
): MalwareFact[] {
  const hasContentPatterns = (pattern.contentPatterns ?? []).length > 0;
  return files.flatMap((file) => {
    for (const reading of file.readings) {
      const name = pattern.match(reading);
      if (name !== undefined) return [found(file, name, reading.sha256, by)];
    }
    const match = hasContentPatterns ? file.matches?.[0] : undefined;
    return match === undefined ? [] : [found(file, match.name, match.sha256, by)];
  });
}

/** Files that the server calls malware. */
export function matchAnswers(
  files: readonly ReadFile[],
  answers: ReadonlyMap<string, HashAnswer & Provenance>,
): MalwareFact[] {
  return files.flatMap((file) => {
    const hash = hashesOf(file).find((candidate) => answers.get(candidate)?.verdict === 'malicious');
    if (hash === undefined) return [];
    const { name = 'Malware', ...more } = answers.get(hash) ?? {};
    return [{ ...found(file, name, hash, 'server'), ...provenance(more) }];
  });
}

/** What says where an answer comes from; nothing where it does not say. */
type Provenance = Pick<MalwareFact, 'server' | 'patternId' | 'patternVersion' | 'source' | 'details'>;

function provenance({ server, patternId, patternVersion, source, details }: Provenance): Provenance {
  return {
    ...(server && { server }),
    ...(patternId && { patternId }),
    ...(patternVersion && { patternVersion }),
    ...(source && { source }),
    ...(details && { details }),
  };
}

/** D1: every file is suspicious but the empty one and well-known harmless ones. */
export function suspiciousHashes(files: readonly ReadFile[], allowed: ReadonlySet<string>): string[] {
  return [...new Set(files.flatMap(hashesOf))].filter((hash) => hash !== emptySha256 && !allowed.has(hash));
}

/** Suspicious hashes that are in the filter: servers of the list are asked about them. */
export function hashesToAsk(
  files: readonly ReadFile[],
  { filter }: ScanComponents,
  allowed: ReadonlySet<string>,
): string[] {
  const suspicious = suspiciousHashes(files, allowed);
  return filter === undefined ? suspicious : suspicious.filter((hash) => filter.has(hash));
}

/**
 * Is it the message itself, or its own text, and no file that came with it? A text that is anything but text and HTML by its content is a
 * file, whatever the mail calls it.
 */
function isMailItself({ place, declared = '', types = [] }: ReadFile): boolean {
  return (
    place === 'message' ||
    (place === 'inline' && declared.startsWith('text/') && types.every((type) => type === 'html'))
  );
}

/** What anybody is asked about: services, which have no filter, about all that is suspicious; but of the mail itself, of which no two are equal, only if it is wanted. */
function whatToAsk(
  files: readonly ReadFile[],
  components: ScanComponents,
  { method, allowedHashes, services = [], servicesAbout = 'files' }: AskSettings,
): Pick<Findings, 'toAsk' | 'toAskServices'> {
  if (method === 'conventional') return { toAsk: [] };
  const toAsk = hashesToAsk(files, components, allowedHashes);
  if (services.length === 0) return { toAsk };
  const about = servicesAbout === 'all' ? files : files.filter((file) => !isMailItself(file));
  return { toAsk, toAskServices: suspiciousHashes(about, allowedHashes) };
}

type AskSettings = Pick<ScanSettings, 'method' | 'allowedHashes' | 'services' | 'servicesAbout'>;

function fileFact(file: ReadFile): FileFact {
  const part = file.part === undefined ? {} : { part: file.part };
  const { path, place, names } = file;
  const facts = { path, size: file.readings[0]?.size ?? 0, sha256: hashesOf(file), place, ...part };
  return names === undefined ? facts : { ...facts, names };
}

function componentFacts(components: ScanComponents, nowMs: number): ComponentFacts {
  const { agent, conventional, filter } = components;
  return {
    ...(agent ? { agent: agent.version } : {}),
    ...(conventional ? { conventional: conventional.version } : {}),
    ...(agent?.rules !== undefined && { agentRules: agent.rules }),
    ...(conventional?.rules !== undefined && { conventionalRules: conventional.rules }),
    ...(filter ? { filter: filter.version, filterAgeMs: Math.max(0, nowMs - filter.checkedAtMs) } : {}),
  };
}

/** Parts that hold an attachment, or something that could not be read and so may be one. */
function attachmentsIn({ files, unscannable }: ReadMessage): number[] {
  const inline = new Set(files.flatMap(({ place, part }) => (place === 'inline' ? (part ?? []) : [])));
  const attached = files.flatMap(({ place, part }) => (place === 'attachment' ? (part ?? []) : []));
  const unread = unscannable.flatMap(({ part }) => (part === undefined || inline.has(part) ? [] : part));
  return [...new Set([...attached, ...unread])].sort((a, b) => a - b);
}

/** The search method in force (D16). */
export function methodOf({ method }: Pick<ScanSettings, 'method'>, servers: Servers): Findings['method'] {
  return method === 'conventional' || isConventional(servers.snapshots()) ? 'conventional' : 'smart';
}

/** D3: the pattern without which this method decides nothing, if it is missing or empty. */
export function missingPattern(
  method: Findings['method'],
  { agent, conventional }: ScanComponents,
): string | undefined {
  const entries = (method === 'smart' ? agent : conventional)?.entries ?? 0;
  if (entries > 0) return undefined;
  return method === 'smart' ? 'no agent pattern' : 'no conventional pattern';
}

/** Files that rules are about, of those that may be the one for this message. All files are looked at, also those that no event names. */
function ruleFilesIn(
  files: readonly ReadFile[],
  { rules }: Policy,
  applied: readonly AppliedRule[],
): Pick<Findings, 'ruleFiles'> {
  const ruleFiles = applied.flatMap(({ name, byFile }): RuleFiles[] => {
    const condition = byFile ? rules.find((rule) => rule.name === name)?.file : undefined;
    const meeting = condition === undefined ? [] : filesMeeting(condition, files);
    return meeting.length === 0 ? [] : [{ rule: name, files: someOf(meeting).map(ruleFile) }];
  });
  return ruleFiles.length > 0 ? { ruleFiles } : {};
}

/** As many as an event may name; at least one of each part, as that is what can be taken out. */
function someOf(files: readonly ReadFile[]): ReadFile[] {
  const parts = new Set<number | undefined>();
  return files.filter(({ part }, index) => {
    const isNew = !parts.has(part);
    parts.add(part);
    return isNew || index < filesPerEventMax;
  });
}

function ruleFile({ path, place, part }: ReadFile): RuleFile {
  return { path, place, ...(part === undefined ? {} : { part }) };
}

/** The facts that the scan machine decides on. D3: what is needed and missing makes the scan "not ready". */
export function gatherFindings(
  read: ReadMessage,
  components: ScanComponents,
  settings: Pick<ScanSettings, 'rule' | 'policy'> & AskSettings,
  method: Findings['method'],
  nowMs: number,
  applied: readonly AppliedRule[] = [],
): Findings {
  const { files, unscannable, ambiguous = [] } = read;
  // What a conventional scan lacks is said when it is begun.
  const missing = method === 'smart' ? missingPattern(method, components) : undefined;
  return {
    method,
    ...(missing === undefined ? {} : { notReady: missing }),
    files: files.slice(0, filesPerEventMax).map(fileFact),
    fileCount: files.length,
    unscannable: unscannable.slice(0, filesPerEventMax),
    ...(ambiguous.length > 0 ? { ambiguous: ambiguous.slice(0, filesPerEventMax) } : {}),
    ...(mayDeleteAll(settings.rule, settings.policy.rules) ? { attachments: attachmentsIn(read) } : {}),
    ...ruleFilesIn(files, settings.policy, applied),
    malware: method === 'smart' && components.agent ? matchPattern(files, components.agent, 'agent') : [],
    ...whatToAsk(files, components, settings),
    components: componentFacts(components, nowMs),
  };
}

/** D3: conventional scanning needs a verified pattern that is not empty. */
export function conventionalFindings(
  { files, unscannable }: Pick<ReadMessage, 'files' | 'unscannable'>,
  components: ScanComponents,
): ConventionalFindings {
  const { conventional } = components;
  const missing = missingPattern('conventional', components);
  if (missing !== undefined || conventional === undefined) return { notReady: missing ?? '', malware: [] };
  return {
    malware: matchPattern(files, conventional, 'conventional'),
    unscannable: unscannable.slice(0, filesPerEventMax),
  };
}
