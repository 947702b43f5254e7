/** Reputation services other than Smart Protection Servers: they answer about one hash at a time. */

/** Services that there is a client for. */
export const hashServiceKinds = ['mhr', 'hbl', 'virustotal', 'circl'] as const;
export type HashServiceKind = (typeof hashServiceKinds)[number];

/** What a service says of one hash. Unknown is a successful answer, and not "clean"; known is not "clean" either. */
export type ServiceAnswer =
  | {
      verdict: 'malicious';
      name: string;
      /** What it rests on, e.g. `12 of 72 engines`: at most 200 characters, of the service and not of the mail. */
      details?: string;
    }
  | { verdict: 'clean' | 'unknown' };

/**
 * A service, over whatever protocol it speaks. Only hashes leave the machine. Every method throws `ReputationFailure` and nothing
 * else, without its key in the message; an abort is `timeout`. What heeds no signal ends by itself within the time of one look-up.
 */
export interface HashService {
  /** Asks about one SHA-256, lower-case hexadecimal. */
  lookUp(sha256: string, signal: AbortSignal): Promise<ServiceAnswer>;
  /** D13: the service answers, be it only that it wants a key. Takes nothing of a quota where that can be had. */
  connect(signal: AbortSignal): Promise<void>;
  /** D16: a record that the service is known to have comes back as it should. Counts as a look-up. */
  probe(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** How many requests went to a service on a day, kept over a restart. */
export interface DayCount {
  read(): { day: string; taken: number } | undefined;
  /** Durable when it returns. */
  write(count: { day: string; taken: number }): void;
}
