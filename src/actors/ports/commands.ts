/** What the inbox of commands needs from outside: places where commands are given, and somebody who can read them. */
import type { Order } from '../../events/command.ts';

/** A text that somebody put where commands are given. It may be anything. */
export interface GivenText {
  text: string;
  /** Names the place, and so the command when the text has no id: a word as `commandIdForm` has it. */
  place: string;
}

/** A place where commands are given. */
export interface CommandSource {
  /**
   * Hands over every text, in order and at least once: again after a restart, unless `take` has resolved before. It does not
   * wait for `take`, as a command may take minutes. Ends at the abort of the signal; never rejects, trouble is its own.
   */
  read(take: (given: GivenText) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** What a text says. */
export type ReadCommand =
  | {
      kind: 'command';
      id: string;
      order: Order;
      /** CloudEvents source of who gave it. */
      givenBy: string;
      /** Milliseconds since 1970. */
      givenMs: number;
      validMs: number;
      /** Sources of the gateways that it is for; absent: all. */
      gateways?: readonly string[];
    }
  /** It is no command, or not one that this program knows. */
  | { kind: 'unknown'; id: string; problem: string; gateways?: readonly string[] }
  /** What some gateway said of a command. */
  | { kind: 'outcome' };
