import type { Publisher } from '../actors/ports/relay.ts';
import type { Envelope } from '../events/envelope.ts';
import type { TellProblem } from './tell-problem.ts';

/** Events of a program without a journal, on their way to Kafka. */
export interface KafkaOutbox {
  add(event: Envelope): void;
  /** Ends when what was tried last has ended. */
  close(): Promise<void>;
}

/** Events that wait, at most: they are few, and the terminal has them, too. The oldest go first. */
const waitingMax = 1000;

/** Publishes what is added, one batch after the other; what cannot be published waits for the next one. */
export function createKafkaOutbox(publisher: Publisher, onProblem: TellProblem): KafkaOutbox {
  let waiting: string[] = [];
  let sending = Promise.resolve();
  let isConnected = false;
  const send = async () => {
    if (waiting.length === 0) return;
    const texts = waiting;
    waiting = [];
    try {
      if (!isConnected) await publisher.connect();
      isConnected = true;
      await publisher.publish(texts.map((text, sequence) => ({ sequence, text })));
    } catch (error) {
      isConnected = false;
      waiting = [...texts, ...waiting].slice(-waitingMax);
      onProblem('events of the projections are not in Kafka yet', error);
    }
  };
  return {
    add(event) {
      waiting = [...waiting, JSON.stringify(event)].slice(-waitingMax);
      sending = sending.then(send);
    },
    async close() {
      await sending;
      await publisher.disconnect();
    },
  };
}
