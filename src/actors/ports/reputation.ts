import type { FailureKind } from '../../events/failure-names.ts';
import type { ComponentAtHand, ComponentDownload, DownloadTurn } from './components.ts';

/** A Smart Protection Server of the list, by address. */
export interface ServerAddress {
  /** `host:port`: the name in logs, events and on screens. */
  id: string;
  host: string;
  port: number;
}

/** What the server says of one hash. Unknown is a successful answer, and not "clean". */
export interface HashAnswer {
  sha256: string;
  verdict: 'malicious' | 'clean' | 'unknown';
  /** Name of the malware when malicious. */
  name?: string;
  /** What the answer rests on, in words of the service. */
  details?: string;
  /** Name of the source that the server has it from, when it says so. */
  source?: string;
  /** How long the answer may be kept, seconds. */
  ttlSeconds: number;
}

/** An answer, who gave it, and what it rests on. */
export interface GivenAnswer extends HashAnswer {
  /** `host:port`, or the name of the service. */
  server: string;
  patternId: string;
  patternVersion: string;
}

/** A well-formed answer: exactly one entry for each hash that was asked. */
export interface QueryAnswer {
  patternId: string;
  patternVersion: string;
  answers: readonly HashAnswer[];
}

export type { FailureKind } from '../../events/failure-names.ts';

/** A query, connection or version check that did not succeed. */
export class ReputationFailure extends Error {
  readonly kind: FailureKind;
  /** For `throttled`: how long the server asks to be left alone, at most 300 s. */
  readonly retryAfterMs: number | undefined;
  constructor(kind: FailureKind, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(message, options);
    this.name = 'ReputationFailure';
    this.kind = kind;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** Smart Protection Servers over HTTPS. Every method throws `ReputationFailure` and nothing else; an abort is `timeout`. */
export interface ReputationService {
  /** Asks for all hashes at once; only hashes leave the machine. */
  query(server: ServerAddress, hashes: readonly string[], signal: AbortSignal): Promise<QueryAnswer>;
  /** D13: TLS and an answer from the health resource. */
  connect(server: ServerAddress, signal: AbortSignal): Promise<void>;
  /** The server's newest filter, as a signed package. Throws `ComponentRefused`, too. */
  filter(
    server: ServerAddress,
    atHand: ComponentAtHand,
    signal: AbortSignal,
    turn?: DownloadTurn,
  ): Promise<ComponentDownload | 'unchanged'>;
  close(): Promise<void>;
}
