import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { CommandSource, GivenText } from '../../actors/ports/commands.ts';
import { outcomeOf } from '../../events/command.ts';
import { readJson } from '../../events/json.ts';
import type { Delivery } from '../../projections/ports/event-source.ts';
import { type KafkaTrouble, kafkaReason, kafkaTrouble } from './errors.ts';
import { consumerGroupOf, createKafkaSource } from './kafka-source.ts';

export interface KafkaCommandsOptions {
  /** Makes a client; called for each attempt, so that a new password or certificate is in force. */
  connect: () => Promise<Kafka>;
  topicPrefix: string;
  /** Name of the gateway. */
  gateway: string;
  /** CloudEvents source of the gateway. */
  source: string;
  /** Told, in a sentence, what stands in the way, when it is not what stood there before. */
  onTrouble: (sentence: string) => void;
}

/** Waits from attempt to attempt, doubling; a broker that refuses us is asked less, so that no account is locked. */
const waits = { usual: { firstMs: 200, mostMs: 5000 }, refused: { firstMs: 5000, mostMs: 60_000 } };

/** After so long a reading, trouble is new trouble. */
const wellMs = 60_000;

/**
 * Commands as events of the topic. Every process reads all of it, by a consumer group of its own that commits nothing and so
 * leaves nothing behind: two gateways, even of one name by mistake, never share the commands among them. At its start it reads
 * from the oldest, and passes over what this gateway has said something of: so a command that was carried out is not given again
 * even when the journal no longer knows of it.
 */
export function createKafkaCommands(options: KafkaCommandsOptions): CommandSource {
  const groups = consumerGroupOf(options.topicPrefix, 'commands.');
  const reader = `commands.${options.gateway}.${randomUUID().slice(0, 8)}`;

  /** One attempt. @param positions where to go on; kept from attempt to attempt */
  async function readOnce(reading: Reading, positions: Map<string, number>): Promise<void> {
    const source = createKafkaSource(await options.connect(), options.topicPrefix);
    const handle = async ({ stream, events, upTo }: Delivery) => {
      for (const { offset, text } of events) reading.add({ text, place: placeOf(stream, offset) });
      positions.set(stream, upTo);
    };
    const subscription = { reader, lanes: ['commands'] as const, positions: () => positions, signal: reading.signal };
    try {
      if (!reading.isLive) {
        await source.read({ ...subscription, untilCaughtUp: true }, handle);
        if (reading.signal.aborted) return;
        reading.goLive();
      }
      await source.read(subscription, handle);
    } finally {
      await source.close().catch(() => undefined);
    }
  }

  return {
    async read(take, signal) {
      const give = (given: GivenText) => {
        take(given).catch((error) => options.onTrouble(`a command could not be taken: ${kafkaReason(error)}`));
      };
      const reading = new Reading(give, signal, options.source);
      const positions = new Map<string, number>();
      let told: KafkaTrouble | undefined;
      for (let attempt = 0; !signal.aborted; attempt++) {
        const begunMs = Date.now();
        try {
          await readOnce(reading, positions);
        } catch (error) {
          const trouble = kafkaTrouble(error);
          const wasWell = Date.now() - begunMs > wellMs;
          if (wasWell) attempt = 0;
          if (wasWell || trouble !== told) options.onTrouble(sentence(trouble, error, groups));
          told = trouble;
          // The topic is another one than before. Ids are known: nothing is done twice.
          if (trouble === 'other') positions.clear();
        }
        const { firstMs, mostMs } = waits[told === 'refused' ? 'refused' : 'usual'];
        await wait(Math.min(firstMs * 2 ** attempt, mostMs), undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** What was read: what there was before is looked through as a whole, what comes later is given at once. */
class Reading {
  readonly signal: AbortSignal;
  readonly #give: (given: GivenText) => void;
  readonly #source: string;
  /** Of the past; undefined from then on. */
  #past: { id: string; given: GivenText }[] | undefined = [];
  /** Commands that this gateway has said something of. */
  readonly #begun = new Set<string>();

  constructor(give: (given: GivenText) => void, signal: AbortSignal, source: string) {
    this.#give = give;
    this.signal = signal;
    this.#source = source;
  }

  get isLive(): boolean {
    return this.#past === undefined;
  }

  add(given: GivenText): void {
    if (this.#past === undefined) {
      this.#give(given);
      return;
    }
    const event = readJson(given.text);
    const outcome = outcomeOf(event);
    if (outcome === undefined) this.#past.push({ id: String((event as { id?: unknown } | undefined)?.id), given });
    else if (outcome.source === this.#source) this.#begun.add(outcome.command);
  }

  goLive(): void {
    const past = this.#past ?? [];
    this.#past = undefined;
    for (const { id, given } of past) if (!this.#begun.has(id) && !this.#begun.has(given.place)) this.#give(given);
  }
}

/** `record-0-17` for what is at offset 17 of partition 0. */
function placeOf(stream: string, offset: number): string {
  return `record-${stream.slice(stream.lastIndexOf('/') + 1)}-${offset}`;
}

function sentence(trouble: KafkaTrouble, error: unknown, groups: string): string {
  const reason = kafkaReason(error);
  const remedy = trouble === 'topic-missing' ? '; sekisho kafka init creates it' : '';
  // kafkajs says no more when the broker refuses the group.
  const hint = /group coordinator/i.test(reason) ? `; is there the right to read the groups ${groups}*?` : '';
  return `commands cannot be read from Kafka, which is tried again: ${reason}${remedy}${hint}`;
}
