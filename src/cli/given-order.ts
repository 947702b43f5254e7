import { randomUUID } from 'node:crypto';
import { leaveInFolder } from '../adapters/inbox/inbox-folder.ts';
import type { KafkaAccess } from '../adapters/kafka/connect.ts';
import { kafkaReason, kafkaTrouble } from '../adapters/kafka/errors.ts';
import { publishCommand } from '../adapters/kafka/publish-command.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { commandEvent, type Order } from '../events/command.ts';
import type { Envelope } from '../events/envelope.ts';
import { commandFolder } from '../wiring/commands.ts';
import { kafkaClient } from '../wiring/kafka.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import { givenBy } from './given-by.ts';

export interface OrderOptions {
  settings: Settings;
  /** Where Kafka is: then all gateways hear of it; without it, the gateway of this state folder does. */
  access: KafkaAccess | undefined;
  order: Order;
  /** Default: a new one. */
  id?: string | undefined;
  /** Sources of the gateways that it is for; none: all. */
  gateways: readonly string[];
  validSeconds: number;
}

/** Gives a command. @returns its event @throws {CommandFailure} when it cannot be given */
export async function giveOrder({ settings, access, id = randomUUID(), ...what }: OrderOptions): Promise<Envelope> {
  const event = commandEvent({ ...what, id, source: givenBy(), timeMs: Date.now() });
  if (access === undefined) await leaveInFolder(commandFolder(settings), id, JSON.stringify(event));
  else await publish(settings, access, event);
  return event;
}

async function publish({ kafka }: Settings, access: KafkaAccess, event: Envelope): Promise<void> {
  try {
    await publishCommand(await kafkaClient(access), kafka.topic_prefix, event);
  } catch (error) {
    const remedy = kafkaTrouble(error) === 'topic-missing' ? '; sekisho kafka init creates the topics' : '';
    throw new CommandFailure(
      exitCodes.unavailable,
      `the command was not given: ${access.brokers.join(', ')}: ${kafkaReason(error)}${remedy}`,
      { cause: error },
    );
  }
}
