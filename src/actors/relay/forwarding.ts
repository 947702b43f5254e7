import { JournalGap } from '../ports/journal.ts';
import type { JournalText, Publisher, PutAside, RelaySource } from '../ports/relay.ts';

/** What is told of while events are sent. */
export interface ForwardingTold {
  /** Kafka has everything up to this sequence. */
  onPosition(position: number): void;
  /** Events from `expected` to before `found` are gone. */
  onGap(gap: { expected: number; found: number }): void;
  onPutAside(event: PutAside): void;
}

/** Sends the log in order: what came while one batch was under way goes in the next (group commit). */
export interface Forwarding {
  /** Sequence of the last event that is sent. */
  readonly position: number;
  /**
   * Sends one batch; resolves with the number of its events, 0 when there was nothing to send.
   * @throws {PublishFailure} and stays where it was: the next call sends the same events again.
   */
  sendNext(): Promise<number>;
}

export function createForwarding(
  { source, publisher, position }: { source: RelaySource; publisher: Publisher; position: number },
  told: ForwardingTold,
): Forwarding {
  let sent = position;

  function read(): readonly JournalText[] {
    for (;;) {
      try {
        return source.read(sent);
      } catch (error) {
        if (!(error instanceof JournalGap) || error.found === undefined) throw error;
        told.onGap({ expected: error.expected, found: error.found });
        sent = error.found - 1;
      }
    }
  }

  return {
    get position() {
      return sent;
    },
    async sendNext() {
      const events = read();
      const last = events.at(-1);
      if (last === undefined) return 0;
      const putAside = await publisher.publish(events);
      sent = last.sequence;
      told.onPosition(sent);
      for (const each of putAside) told.onPutAside(each);
      return events.length;
    },
  };
}
