/** What is kept of the answers to queries, and how whoever keeps it over a restart follows it. */
import type { QueryAnswer } from './reputation.ts';

/** The answers to one query, as they are kept. */
export interface KeptQuery extends QueryAnswer {
  /** Whose answers: the list of Smart Protection Servers is one service, any other is one by itself. */
  service: string;
  /** `host:port`, or the name of the service. */
  server: string;
  /** Version of the query filter that was in use; absent: none, or the service knows none. */
  filter?: string;
  /** When they were given, ms since 1970. */
  atMs: number;
}

/** Answers came, or all of a service so far are not to be used any more. */
export type AnswerChange = { kept: KeptQuery } | { emptied: string };

/** Kept answers, for whoever writes them behind. */
export interface FollowedAnswers {
  /** Takes a change of the process before. In order; what has expired meanwhile does no harm. */
  apply(change: AnswerChange): void;
  /** Changes that lead to what is kept now, as few as possible. */
  changes(nowMs: number): Iterable<AnswerChange>;
  /** Tells each change from now on, at once: it must not throw or take time. */
  follow(listener: (change: AnswerChange) => void): void;
}

/** What became of the answers of one service since the process began, and what is kept now. */
export interface AnswerStatistics {
  /** Answers that were found, by the server that had given them. */
  hits: ReadonlyMap<string, number>;
  /** Hashes that had to be asked about; those whose answer had expired are among them. */
  misses: number;
  /** Answers that went because their time to live was over. */
  expired: number;
  /** Answers that went because there were too many. */
  evicted: number;
  /** How often all went, as they rested on another version of the pattern. */
  emptied: number;
  entries: number;
  /** As estimated. */
  bytes: number;
}
