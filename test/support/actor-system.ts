import type { AnyActorRef, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import { createGateway, type Gateway, type GatewayParts } from '../../src/actors/gateway.ts';
import type { QuarantineEntry } from '../../src/actors/ports/mail.ts';
import { createAnswerCaches } from '../../src/actors/reputation/answer-cache.ts';
import type { ScanSettings } from '../../src/actors/scan-settings.ts';
import type { UpdaterTimes } from '../../src/actors/updaters.ts';
import { systemIdentity } from '../../src/adapters/identity/identity.ts';
import { createTransitionRecorder } from '../../src/adapters/inspection/transition-recorder.ts';
import { createLocalReader } from '../../src/adapters/message-reader/local-reader.ts';
import { createRewriter } from '../../src/adapters/rewrite/rewriter.ts';
import { readNames } from '../../src/adapters/unpack/read-names.ts';
import type { ServerSnapshot } from '../../src/machines/server-state.ts';
import { MemoryJournal } from './memory-journal.ts';
import { PendingReputation } from './pending-reputation.ts';
import { RecordingNextHop } from './recording-next-hop.ts';
import { SteppedClock } from './stepped-clock.ts';
import { StubComponents, setFilter, wordEngine, wordPattern } from './stub-components.ts';

/** Servers `sps1.test:443`, `sps2.test:443`, … */
export function serverList(count: number): ScanSettings['servers'] {
  return Array.from({ length: count }, (_, index) => {
    const host = `sps${index + 1}.test`;
    return { id: `${host}:443`, host, port: 443 };
  });
}

/** Settings with the documented defaults, but for what a test changes. */
export function testSettings(changes: Partial<ScanSettings> = {}): ScanSettings {
  return {
    method: 'smart',
    servers: serverList(1),
    order: 'listed',
    queryTimeoutMs: 1500,
    queryTotalMs: 5000,
    hashesPerQueryMax: 1000,
    failOver: true,
    threshold: 10,
    cacheMs: 300_000,
    answersMax: 1000,
    answersBytesMax: 1e6,
    allowedHashes: new Set(),
    scansMax: 100,
    messageMs: 90_000,
    readMs: 60_000,
    limits: { partsMax: 100, depthMax: 10, filesMax: 100, fileBytesMax: 1e7, messageBytesMax: 1e7, ratioMax: 100 },
    rule: {
      malware: 'delete_attachment',
      encrypted: 'pass',
      unsupported: 'pass',
      unreadable: 'quarantine',
      limit: 'quarantine',
    },
    policy: { rules: [], ownDomains: [] },
    isOwnClient: () => false,
    tag: 'infected',
    subjectTag: '[VIRUS]',
    headers: true,
    ...changes,
  };
}

/** The documented times of updates, without chance. */
export const testTimes: UpdaterTimes = {
  ...{ filterCheckMs: 900_000, filterStaleMs: 3_600_000 },
  schedules: { agent: { kind: 'every', ms: 86_400_000 }, conventional: { kind: 'every', ms: 86_400_000 } },
  ...{ retryMs: 900_000, retryMsMax: 900_000, jitterMsMax: 0, timeZone: 'UTC' },
};

/** An actor system whose outside is in the test's hand: servers, next hop, components, journal, clock. */
export interface ActorSystem {
  gateway: Gateway;
  clock: SteppedClock;
  journal: MemoryJournal;
  reputation: PendingReputation;
  nextHop: RecordingNextHop;
  components: StubComponents;
  /** Hashes in the query filter. */
  filtered: Set<string>;
  quarantined: QuarantineEntry[];
  archived: QuarantineEntry[];
  problems: string[];
  /** The settings of the next epoch. */
  settings: ScanSettings;
  /** The running actor of a server: its snapshot now. */
  server(id: string): ServerSnapshot;
}

/** @param overrides parts to use instead of those in memory */
export function actorSystem(settings: Partial<ScanSettings> = {}, overrides: Partial<GatewayParts> = {}): ActorSystem {
  const clock = new SteppedClock();
  const journal = new MemoryJournal();
  const filtered = new Set<string>();
  const actors = new Map<string, { getSnapshot(): unknown }>();
  const record = createTransitionRecorder({
    source: '/sekisho/test',
    idPrefix: 't',
    now: () => clock.now(),
    record: (lane, event) => journal.append(lane, event),
    onProblem: (error) => system.problems.push(`recorder: ${error}`),
  });
  const system: Omit<ActorSystem, 'gateway'> = {
    clock,
    journal,
    reputation: new PendingReputation(),
    nextHop: new RecordingNextHop(),
    components: new StubComponents({
      agent: wordPattern('AGENT', { checkedAtMs: clock.now() }),
      conventional: wordPattern('CONVENTIONAL', { checkedAtMs: clock.now() }),
      filter: setFilter(filtered, { checkedAtMs: clock.now() }),
    }),
    filtered,
    quarantined: [],
    archived: [],
    problems: [],
    settings: testSettings(settings),
    server(id) {
      const found = actors.get(id);
      if (!found) throw new Error(`no actor of ${id}`);
      return found.getSnapshot() as ServerSnapshot;
    },
  };
  const gateway = createGateway({
    clock,
    identity: systemIdentity,
    journal,
    nextHop: system.nextHop,
    quarantine: { store: async (entry) => void system.quarantined.push(entry) },
    archive: () => ({ store: async (entry) => void system.archived.push(entry) }),
    reader: createLocalReader(wordEngine),
    readNames,
    rewriter: createRewriter(),
    components: system.components,
    updates: { fetch: async () => 'unchanged', minWaitMs: () => 0, close: async () => {} },
    answers: createAnswerCaches({ entriesMax: 1000, bytesMax: 1e6 }),
    openReputation: () => system.reputation.open(),
    settings: () => system.settings,
    times: () => testTimes,
    drainMs: 8000,
    inspect: (inspection) => {
      noteServer(actors, inspection);
      record(inspection);
    },
    onProblem: (problem, error) => system.problems.push(`${problem}: ${error}`),
    past: { epoch: 0, failedOver: new Set(), wasConventional: false },
    ...overrides,
  });
  return Object.assign(system, { gateway });
}

/** The newest actor of each server: every one makes a first step when it starts. */
function noteServer(actors: Map<string, { getSnapshot(): unknown }>, inspection: InspectionEvent): void {
  if (inspection.type !== '@xstate.microstep') return;
  const { machine, context } = inspection.snapshot as AnyMachineSnapshot;
  if (machine.id === 'server') actors.set(context.server, inspection.actorRef as AnyActorRef);
}
