import { rm } from 'node:fs/promises';
import type { Journal } from '../../src/actors/ports/journal.ts';
import { createJournal, type JournalOptions } from '../../src/adapters/journal/create-journal.ts';
import type { KafkaAccess } from '../../src/adapters/kafka/connect.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { relayReader, startRelay } from '../../src/wiring/relay.ts';
import type { RunningRelay } from '../../src/wiring/relay-thread.ts';
import { temporaryFolder } from '../adapters/journal/embedded-journal.ts';
import { eventually } from '../support/eventually.ts';
import { testEvent } from '../support/journal-conformance.ts';

let prefixes = 0;

/** A real journal and a real relay, for a test's broker. */
export interface RelayFixture {
  /** Topics of this test alone. */
  prefix: string;
  journal: Journal;
  /** Where the journal is. */
  folder: string;
  /** Events of the relay itself, without `sekisho.relay.` and `.v1`, in order. */
  told: Envelope[];
  problems: string[];
  /** Every text that was appended, by event id: what Kafka must hold. */
  texts: Map<string, string>;
  /** Appends events of a few aggregates and waits until they are on disk. */
  write(count: number, fields?: (number: number) => Partial<Envelope>): Promise<void>;
  start(): Promise<RunningRelay>;
  stop(): Promise<void>;
  /** Resolves when the relay says so, after `from` events of its own. */
  until(type: string, from?: number): Promise<Envelope>;
  /** Resolves when the relay has confirmed all that is in the journal. */
  untilSent(): Promise<void>;
  position(): Promise<number>;
  dispose(): Promise<void>;
}

export async function relayFixture(
  access: KafkaAccess,
  options: Partial<JournalOptions & { journalFolder: string }> = {},
): Promise<RelayFixture> {
  const folder = await temporaryFolder();
  const journal = await createJournal({ folder, freeBytesMin: 0, retryMs: 20, lazyFlushMs: 2, ...options });
  let relay: RunningRelay | undefined;
  let count = 0;
  const append = (lane: 'scans' | 'system', event: Envelope) => {
    fixture.texts.set(event.id, JSON.stringify(event));
    journal.append(lane, event);
  };
  const fixture: RelayFixture = {
    prefix: `relay${process.pid}x${++prefixes}`,
    journal,
    folder,
    told: [],
    problems: [],
    texts: new Map(),
    async write(more, fields = () => ({})) {
      for (let end = count + more; count < end; ) {
        count += 1;
        append(
          'scans',
          testEvent(count, { type: 'sekisho.scan.acting.v1', subject: `scan/${count % 7}`, ...fields(count) }),
        );
        if (count % 10 === 0) await journal.durable();
      }
      await journal.durable();
    },
    async start() {
      relay = await startRelay({
        ...{ journal, access, journalFolder: options.journalFolder ?? folder, topicPrefix: fixture.prefix },
        source: '/test',
        record: (_lane, event) => {
          append('system', event);
          fixture.told.push(event);
        },
        onProblem: (problem, error) => fixture.problems.push(`${problem}: ${error}`),
      });
      return relay;
    },
    async stop() {
      await relay?.stop();
      relay = undefined;
    },
    until: (type, from = 0) =>
      eventually(
        `relay.${type}`,
        () => fixture.told.slice(from).find((event) => event.type === `sekisho.relay.${type}.v1`),
        25_000,
        () => JSON.stringify(fixture.told, undefined, 1),
      ),
    untilSent: () =>
      eventually(
        'everything sent',
        async () => (await fixture.position()) === journal.head() && journal.head() > 0,
        25_000,
        () => JSON.stringify(fixture.told, undefined, 1),
      ).then(() => undefined),
    position: async () => (await journal.readers()).get(relayReader) ?? 0,
    async dispose() {
      await fixture.stop();
      await journal.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return fixture;
}
