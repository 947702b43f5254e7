import type { Epoch } from '../../../src/actors/epoch.ts';
import type { QuarantineEntry, Reply } from '../../../src/actors/ports/mail.ts';
import { act } from '../../../src/actors/scan/act.ts';
import type { Work } from '../../../src/actors/scan/work.ts';
import type { ScanSettings } from '../../../src/actors/scan-settings.ts';
import { createLocalReader } from '../../../src/adapters/message-reader/local-reader.ts';
import { createRewriter } from '../../../src/adapters/rewrite/rewriter.ts';
import type { Action, MalwareFact, Verdict } from '../../../src/events/scan.ts';
import { testSettings } from '../../support/actor-system.ts';
import { attachment, mail, multipart, textPart } from '../../support/mails.ts';
import { RecordingNextHop } from '../../support/recording-next-hop.ts';

export const infected = mail(
  multipart([textPart('body'), attachment('bad.exe', Buffer.from('BAD')), attachment('good.txt', Buffer.from('GOOD'))]),
  {
    subject: 'offer',
  },
);
const malware: MalwareFact = {
  path: ['bad.exe'],
  name: 'Test.Bad',
  sha256: '00',
  place: 'attachment',
  part: 1,
  by: 'agent',
};

/** What the virus rule may have made of it. */
export function verdict(action: Action, changes: Partial<Verdict> = {}): Verdict {
  return {
    verdict: 'malware',
    method: 'smart',
    action,
    malware: [malware],
    unscannable: [],
    removed: [],
    unasked: [],
    components: {},
    servers: [],
    fileCount: 2,
    ...changes,
  };
}

/** A scanned message, about to be acted on: one of its two attachments is infected. */
export async function scanned(settings: Partial<ScanSettings> = {}, content = infected) {
  const nextHop = new RecordingNextHop();
  const transaction = await nextHop.begin({ id: 'c', address: '192.0.2.1', port: 1, helo: 'h', xforward: new Map() });
  await transaction.mail({ path: 'a@example.org', parameters: [] });
  await transaction.rcpt({ path: 'b@example.net', parameters: [] });
  const all = testSettings(settings);
  const request = { message: content, limits: all.limits, digests: [], patterns: [], msMax: all.readMs };
  const read = await createLocalReader().read(request, new AbortController().signal);
  const work: Work = {
    guid: 'GUID',
    epoch: { settings: all } as Epoch,
    client: { id: 'c', address: '192.0.2.1', port: 1, helo: 'h', xforward: new Map() },
    mailFrom: { path: 'a@example.org', parameters: [] },
    recipients: [{ path: 'b@example.net', parameters: [] }],
    message: { size: content.length, head: async () => content, load: async () => content, dispose: () => {} },
    transaction,
    content,
    read,
  };
  const stored: { entry: QuarantineEntry; content: Buffer }[] = [];
  const archived: { folder: string; entry: QuarantineEntry; content: Buffer }[] = [];
  const problems: string[] = [];
  const parts = {
    rewriter: createRewriter(),
    quarantine: {
      store: async (entry: QuarantineEntry, pieces: readonly Uint8Array[]) =>
        void stored.push({ entry, content: Buffer.concat(pieces) }),
    },
    archive: (folder: string) => ({
      store: async (entry: QuarantineEntry, pieces: readonly Uint8Array[]) =>
        void archived.push({ folder, entry, content: Buffer.concat(pieces) }),
    }),
    nextHop,
    now: () => Date.UTC(2026, 10, 24),
    onProblem: (problem: string) => void problems.push(problem),
  };
  const { signal } = new AbortController();
  return {
    ...{ nextHop, work, stored, archived, problems, parts },
    act: (what: Verdict, until = signal): Promise<Reply> => act(parts, work, what, until),
  };
}
