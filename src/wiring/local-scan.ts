import { type GivenAnswer, ReputationFailure } from '../actors/ports/reputation.ts';
import type { PatternName, ReadMessage, ReadRequest, ScanComponents } from '../actors/ports/scanning.ts';
import { hashesToAsk, matchAnswers, matchPattern } from '../actors/scan/findings.ts';
import type { ScanSettings } from '../actors/scan-settings.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { mailStart } from '../adapters/unpack/mail-file.ts';
import type { MalwareFact } from '../events/scan.ts';
import { componentStore } from './component-store.ts';
import { messageReader } from './gateway-parts.ts';
import { scanSettings } from './scan-settings.ts';
import { spsClient } from './sps-connection.ts';

/** What a server said of the hashes that are in the filter. */
export type Asked = { server: string; malware: readonly MalwareFact[] } | { problem: string };

/** Everything that is found in one content, without a gateway. */
export interface LocalScan {
  isMessage: boolean;
  read: ReadMessage;
  /** What each pattern finds; absent where there is no such pattern. */
  agent?: readonly MalwareFact[];
  conventional?: readonly MalwareFact[];
  /** Hashes that a server would be asked about. */
  toAsk: readonly string[];
  /** Absent: nobody was asked. */
  asked?: Asked;
}

/** Scans contents with the components of the state folder, as the gateway would, and sends and delivers nothing. */
export interface LocalScanner {
  components: ScanComponents;
  settings: ScanSettings;
  /** Components that cannot be used, and whoever is not asked, in words. */
  problems: readonly string[];
  /** @param as a message, or a file of this name unless it looks like a message */
  scan(content: Buffer, as: 'message' | { fileName: string }): Promise<LocalScan>;
  close(): Promise<void>;
}

export interface LocalScannerOptions {
  settings: Settings;
  /** Ask the servers about hashes in the filter; else nothing leaves the machine. */
  query: boolean;
  onProblem(problem: string): void;
}

/** Loads the components. Throws when the settings name a file that cannot be read. */
export async function openLocalScanner({ settings, query, onProblem }: LocalScannerOptions): Promise<LocalScanner> {
  const scanning = await scanSettings(settings);
  const store = componentStore(settings, onProblem);
  const problems = (await store.load()).map(({ component, problem }) => `component ${component}: ${problem}`);
  if (settings.clamd.address.length > 0) problems.push('clamd is not asked here: what only it finds is not found');
  if (settings.services.length > 0)
    problems.push('reputation services are not asked here: sekisho services --hash says what they know of a file');
  const components = store.current();
  const reader = messageReader(settings, onProblem);
  const digests = [components.agent, components.conventional].flatMap((set) => set?.digests ?? []);
  const readFor = (name: PatternName, what: Pick<ReadRequest, 'message' | 'fileName'>) => {
    const patterns = components[name]?.contentPatterns ?? [];
    const request = { ...what, limits: scanning.limits, digests, patterns, msMax: scanning.readMs };
    return reader.read(request, new AbortController().signal);
  };
  return {
    ...{ components, problems, settings: scanning },
    async scan(message, as) {
      const isMessage = mailStart(message) !== undefined;
      const what = as === 'message' || isMessage ? { message } : { message, fileName: as.fileName };
      if (message.length > scanning.limits.fileBytesMax) return { isMessage, read: tooLarge, toAsk: [] };
      const read = await readFor('agent', what);
      const { agent, conventional } = components;
      const again = (conventional?.contentPatterns ?? []).length > 0;
      const { files } = again ? await readFor('conventional', what) : read;
      const toAsk = hashesToAsk(read.files, components, scanning.allowedHashes);
      return {
        ...{ isMessage: as === 'message' || isMessage, read, toAsk },
        ...(agent && { agent: matchPattern(read.files, agent, 'agent') }),
        ...(conventional && { conventional: matchPattern(files, conventional, 'conventional') }),
        ...(query && { asked: await ask(settings, scanning, toAsk, read) }),
      };
    },
    close: () => reader.close(),
  };
}

/** Reading bounds what comes out of a content, not what it is. */
const tooLarge: ReadMessage = { files: [], parts: [], unscannable: [{ reason: 'too-large', path: [] }] };

/** The first server of the list that answers. */
async function ask(
  settings: Settings,
  { servers, hashesPerQueryMax, queryTotalMs }: ScanSettings,
  hashes: readonly string[],
  { files }: ReadMessage,
): Promise<Asked> {
  if (hashes.length === 0) return { server: '', malware: [] };
  const client = spsClient(settings);
  const problems: string[] = [];
  try {
    for (const server of servers) {
      try {
        const answers = new Map<string, GivenAnswer>();
        for (let at = 0; at < hashes.length; at += hashesPerQueryMax) {
          const some = hashes.slice(at, at + hashesPerQueryMax);
          const { answers: given, ...basis } = await client.query(server, some, AbortSignal.timeout(queryTotalMs));
          for (const each of given) answers.set(each.sha256, { ...each, ...basis, server: server.id });
        }
        return { server: server.id, malware: matchAnswers(files, answers) };
      } catch (error) {
        if (!(error instanceof ReputationFailure)) throw error;
        problems.push(`${server.id}: ${error.message}`);
      }
    }
    return { problem: problems.join('; ') };
  } finally {
    await client.close();
  }
}
