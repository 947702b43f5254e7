import type { ComponentFacts, ConventionalFindings, FileFact, Findings, MalwareFact } from '../../events/scan.ts';
import { isConventional } from '../../machines/server-state.ts';
import { mayDeleteAll } from '../../machines/virus-rule.ts';
import type { HashAnswer } from '../ports/reputation.ts';
import type { FoundFile, PatternSet, ScanComponents, Unpacked } from '../ports/scanning.ts';
import type { Servers } from '../reputation/servers.ts';
import type { ScanSettings } from '../scan-settings.ts';
import type { HashedFile } from './work.ts';

/** Files listed in one event; the count is always whole. */
const filesPerEventMax = 200;

/** SHA-256 of the empty file: nothing to be suspicious of (D1). */
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export function hashFiles(files: readonly FoundFile[], sha256: (content: Uint8Array) => string): HashedFile[] {
  return files.map((file) => ({ file, sha256: file.readings.map(sha256) }));
}

function found(file: FoundFile, name: string, sha256: string, by: MalwareFact['by']): MalwareFact {
  const part = file.part === undefined ? {} : { part: file.part };
  return { path: file.path, name, sha256, place: file.place, ...part, by };
}

/** Every file in the pattern, by any of its plausible contents. */
export function matchPattern(
  files: readonly HashedFile[],
  pattern: PatternSet,
  by: 'agent' | 'conventional',
): MalwareFact[] {
  return files.flatMap(({ file, sha256 }) => {
    for (const [index, hash] of sha256.entries()) {
      const name = pattern.match(file.readings[index] as Uint8Array, hash);
      if (name !== undefined) return [found(file, name, hash, by)];
    }
    return [];
  });
}

/** Files that the server calls malware. */
export function matchAnswers(files: readonly HashedFile[], answers: ReadonlyMap<string, HashAnswer>): MalwareFact[] {
  return files.flatMap(({ file, sha256 }) => {
    const hash = sha256.find((candidate) => answers.get(candidate)?.verdict === 'malicious');
    return hash === undefined ? [] : [found(file, answers.get(hash)?.name ?? 'Malware', hash, 'server')];
  });
}

/** D1: every file is suspicious but the empty one and well-known harmless ones; those in the filter are asked about. */
function hashesToAsk(files: readonly HashedFile[], components: ScanComponents, allowed: ReadonlySet<string>): string[] {
  const suspicious = new Set(files.flatMap(({ sha256 }) => sha256));
  const { filter } = components;
  return [...suspicious].filter(
    (hash) => hash !== emptySha256 && !allowed.has(hash) && (filter === undefined || filter.has(hash)),
  );
}

function fileFact({ file, sha256 }: HashedFile): FileFact {
  const part = file.part === undefined ? {} : { part: file.part };
  return { path: file.path, size: file.readings[0]?.length ?? 0, sha256, place: file.place, ...part };
}

function componentFacts(components: ScanComponents, nowMs: number): ComponentFacts {
  const { agent, conventional, filter } = components;
  return {
    ...(agent ? { agent: agent.version } : {}),
    ...(conventional ? { conventional: conventional.version } : {}),
    ...(filter ? { filter: filter.version, filterAgeMs: Math.max(0, nowMs - filter.checkedAtMs) } : {}),
  };
}

/** Parts that hold an attachment, or something that could not be read and so may be one. */
function attachmentsIn({ files, unscannable }: Unpacked): number[] {
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

/** The facts that the scan machine decides on. D3: what is needed and missing makes the scan "not ready". */
export function gatherFindings(
  unpacked: Unpacked,
  files: readonly HashedFile[],
  components: ScanComponents,
  settings: ScanSettings,
  servers: Servers,
  nowMs: number,
): Findings {
  const method = methodOf(settings, servers);
  // What a conventional scan lacks is said when it is begun.
  const missing = method === 'smart' ? missingPattern(method, components) : undefined;
  return {
    method,
    ...(missing === undefined ? {} : { notReady: missing }),
    files: files.slice(0, filesPerEventMax).map(fileFact),
    fileCount: files.length,
    unscannable: unpacked.unscannable.slice(0, filesPerEventMax),
    ...(mayDeleteAll(settings.rule) ? { attachments: attachmentsIn(unpacked) } : {}),
    malware: method === 'smart' && components.agent ? matchPattern(files, components.agent, 'agent') : [],
    toAsk: settings.method === 'conventional' ? [] : hashesToAsk(files, components, settings.allowedHashes),
    components: componentFacts(components, nowMs),
  };
}

/** D3: conventional scanning needs a verified pattern that is not empty. */
export function conventionalFindings(files: readonly HashedFile[], components: ScanComponents): ConventionalFindings {
  const { conventional } = components;
  const missing = missingPattern('conventional', components);
  if (missing !== undefined || conventional === undefined) return { notReady: missing ?? '', malware: [] };
  return { malware: matchPattern(files, conventional, 'conventional') };
}
