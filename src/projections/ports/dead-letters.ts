/** An event that a projection cannot fold, with what is needed to find it again. */
export interface DeadLetter {
  /** Name of the projection that parked it. */
  projection: string;
  /** `journal`, or `<topic>/<partition>`. */
  stream: string;
  offset: number;
  /** Why it was parked. */
  reason: string;
  /** The event as it stood in the log; cut at the store's limit. */
  text: string;
}

/** Where parked events are shown to others. At least once: a crash may show one twice. */
export interface DeadLetters {
  /** Resolves when they are kept; rejects when they are not, and is then asked again. */
  publish(letters: readonly DeadLetter[]): Promise<void>;
}
