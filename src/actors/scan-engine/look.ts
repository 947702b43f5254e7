import type { ConventionalFindings, Findings, MalwareFact, UnscannableFact } from '../../events/scan.ts';
import type { EngineAnswer } from '../ports/scan-engine.ts';
import type { ReadFile, ReadMessage } from '../ports/scanning.ts';

/** What an engine outside found in one message. */
export interface Look {
  malware: readonly MalwareFact[];
  unscannable: readonly UnscannableFact[];
  /** Of the engine; `unavailable`: the message goes on without it. */
  version: string;
}

/** What it said of each content. */
export interface Said {
  /** Of the message as it came. */
  whole: EngineAnswer;
  /** Of files, by SHA-256 of the content. */
  files: ReadonlyMap<string, EngineAnswer>;
}

const messagePath = ['message'];

/** Facts of it. What it found in the message as a whole is told unless a file of the same name of malware explains it. */
export function factsOf({ whole, files }: Said, read: ReadMessage): Omit<Look, 'version'> {
  const malware: MalwareFact[] = [];
  const unscannable: UnscannableFact[] = [];
  for (const file of read.files) {
    const answers = file.readings.flatMap(({ sha256 }) => files.get(sha256) ?? []);
    const { path, place, ...rest } = where(file);
    const hit = answers.find((answer) => answer.found === 'malware');
    if (hit?.found === 'malware')
      malware.push({ path, place, ...rest, name: hit.name, sha256: hit.sha256, by: 'clamd' });
    const unread = answers.find((answer) => answer.found === 'unscannable');
    if (unread?.found === 'unscannable') unscannable.push({ reason: unread.reason, path, ...rest });
  }
  if (whole.found === 'malware' && !malware.some(({ name }) => name === whole.name))
    malware.push({ path: messagePath, place: 'message', name: whole.name, sha256: whole.sha256, by: 'clamd' });
  if (whole.found === 'unscannable' && unscannable.length === 0)
    unscannable.push({ reason: whole.reason, path: messagePath });
  return { malware, unscannable };
}

function where({ path, place, part }: ReadFile) {
  return { path, place, ...(part === undefined ? {} : { part }) };
}

/** Findings of a smart scan, and what the engine found besides: malware that is known here is not asked about. */
export function smartWithLook(findings: Findings, look: Look | undefined): Findings {
  if (look === undefined) return findings;
  return {
    ...findings,
    malware: [...findings.malware, ...look.malware],
    unscannable: [...findings.unscannable, ...look.unscannable],
    components: { ...findings.components, clamd: look.version },
  };
}

/** The same of a conventional scan. */
export function conventionalWithLook(found: ConventionalFindings, look: Look | undefined): ConventionalFindings {
  if (look === undefined || found.notReady !== undefined) return found;
  return {
    ...found,
    malware: [...found.malware, ...look.malware],
    unscannable: [...(found.unscannable ?? []), ...look.unscannable],
    clamd: look.version,
  };
}
