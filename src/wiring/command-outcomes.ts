import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openJournalReader } from '../adapters/journal/open-journal-reader.ts';
import type { KafkaAccess } from '../adapters/kafka/connect.ts';
import { createKafkaSource } from '../adapters/kafka/kafka-source.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { outcomeOf } from '../events/command.ts';
import type { Envelope } from '../events/envelope.ts';
import { readJson } from '../events/json.ts';
import { kafkaClient } from './kafka.ts';

export interface OutcomesOptions {
  settings: Settings;
  /** Where Kafka is, when the outcomes of all gateways are wanted; without it those of the gateway of this state folder are. */
  access: KafkaAccess | undefined;
  /** Id of the command. */
  command: string;
  signal: AbortSignal;
  /** Told of each, those that were there before, too. */
  onOutcome: (event: Envelope) => void;
}

/** Follows what gateways say of a command, until the signal aborts. @throws when the log cannot be read */
export function followOutcomes(options: OutcomesOptions): Promise<void> {
  return options.access === undefined ? inJournal(options) : inKafka(options, options.access);
}

async function inKafka({ settings, command, signal, onOutcome }: OutcomesOptions, access: KafkaAccess): Promise<void> {
  const kafka = await kafkaClient(access);
  const source = createKafkaSource(kafka, settings.kafka.topic_prefix);
  const positions = new Map<string, number>();
  try {
    await source.read(
      { reader: `commands.cli.${randomUUID().slice(0, 8)}`, lanes: ['commands'], positions: () => positions, signal },
      async ({ events }) => {
        // Most are of other commands: parsed is only what names this one.
        for (const { text } of events) if (text.includes(command)) tell(text, command, onOutcome);
      },
    );
  } finally {
    await source.close();
  }
}

function tell(text: string, command: string, onOutcome: (event: Envelope) => void): void {
  const event = readJson(text);
  if (outcomeOf(event)?.command === command) onOutcome(event as Envelope);
}

async function inJournal({ settings, command, signal, onOutcome }: OutcomesOptions): Promise<void> {
  const journal = await openJournalReader({ folder: join(settings.state.folder, 'journal') });
  try {
    const head = journal.head();
    const told = new Set<string>();
    const take = (event: Envelope) => {
      if (outcomeOf(event)?.command !== command || told.has(event.id)) return;
      told.add(event.id);
      onOutcome(event);
    };
    for (const { event } of await journal.latest('commands')) take(event);
    const types = ['running', 'done', 'refused', 'failed'].map((state) => `sekisho.command.${state}.v1`);
    for await (const { event } of journal.follow({ after: head, types, signal })) take(event);
  } finally {
    await journal.close();
  }
}
