import type { Lane, Severity } from '../../events/envelope.ts';

/**
 * What the log says of a transition: pure, one rule for each machine. The trigger is recorded whole enough that folding the
 * events of a stream through its machine gives the same snapshot again (see replay.ts).
 */
export interface StreamRule<Context> {
  lane: Lane;
  /** The aggregate. */
  subject(context: Context): string;
  /** The scan or command that all events of the stream belong to. */
  correlation?(context: Context): string;
  /** Whether each event says how long things took: `elapsedMs` and `fromMs` (see replay.ts). */
  isTimed?: true;
  /** What the actor was started with: recorded with the first event of the stream. */
  input(context: Context): Record<string, unknown>;
  /** What readers of the log want to know of the state that was entered. */
  facts(context: Context, state: string): Record<string, unknown>;
  severity(context: Context, state: string, from: string, event: string): Severity;
}
