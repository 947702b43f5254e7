import type { ComponentDownload } from '../../src/actors/ports/components.ts';
import {
  type FailureKind,
  type QueryAnswer,
  ReputationFailure,
  type ReputationService,
} from '../../src/actors/ports/reputation.ts';
import { canarySha256 } from '../../src/actors/reputation/connect-and-probe.ts';

/** A request to a server that waits for the test to say how it ends. */
export interface PendingCall {
  kind: 'query' | 'connect' | 'filter';
  /** `host:port`. */
  server: string;
  /** Which service asked: 1 for the first that was opened, and so on. */
  epoch: number;
  /** Of a query. */
  hashes: readonly string[];
  resolve(result: never): void;
  reject(failure: Error): void;
}

/** What becomes of a call: answered, or one of the failures. */
export type CallOutcome = 'ok' | FailureKind;

/**
 * Smart Protection Servers in the test's hand: each request waits until `settle` or until its signal aborts, as the port
 * demands (`timeout`).
 */
export class PendingReputation {
  /** In the order in which they were made. */
  readonly pending: PendingCall[] = [];
  /** Hashes that the servers call malware. */
  readonly malicious = new Map([[canarySha256, 'Eicar-Test-Signature']]);
  /** Pattern id by server; `main` by default. */
  readonly patternIds = new Map<string, string>();
  patternVersion = '1';
  ttlSeconds = 0;
  retryAfterMs = 30_000;
  /** Services that were closed, by number. */
  readonly closed: number[] = [];
  /** Told of each call as it is made. */
  onCall: (call: PendingCall) => void = () => {};
  #services = 0;

  /** A new service, as for a new epoch. */
  open(): ReputationService {
    const epoch = ++this.#services;
    const call = <T>(kind: PendingCall['kind'], server: string, hashes: readonly string[], signal: AbortSignal) => {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const own: PendingCall = { kind, server, epoch, hashes, resolve: resolve as PendingCall['resolve'], reject };
      if (signal.aborted) return Promise.reject(new ReputationFailure('timeout', 'aborted before it was made'));
      signal.addEventListener('abort', () => {
        if (this.#take(own)) reject(new ReputationFailure('timeout', 'no answer in time'));
      });
      this.pending.push(own);
      this.onCall(own);
      return promise;
    };
    return {
      query: (server, hashes, signal) => call<QueryAnswer>('query', server.id, hashes, signal),
      connect: (server, signal) => call<void>('connect', server.id, [], signal),
      filter: (server, _atHand, signal) => call<ComponentDownload | 'unchanged'>('filter', server.id, [], signal),
      close: async () => void this.closed.push(epoch),
    };
  }

  /** Ends a call. */
  settle(call: PendingCall, outcome: CallOutcome, download?: ComponentDownload): void {
    if (!this.#take(call)) throw new Error(`${describeCall(call)} is not pending`);
    if (outcome !== 'ok') {
      const options = outcome === 'throttled' ? { retryAfterMs: this.retryAfterMs } : {};
      call.reject(new ReputationFailure(outcome, `scripted: ${outcome}`, options));
    } else {
      call.resolve((call.kind === 'query' ? this.#answer(call) : (download ?? 'unchanged')) as never);
    }
  }

  #answer({ server, hashes }: PendingCall): QueryAnswer {
    return {
      patternId: this.patternIds.get(server) ?? 'main',
      patternVersion: this.patternVersion,
      answers: hashes.map((sha256) => {
        const name = this.malicious.get(sha256);
        const verdict = name === undefined ? ('unknown' as const) : ('malicious' as const);
        return { sha256, verdict, ...(name === undefined ? {} : { name }), ttlSeconds: this.ttlSeconds };
      }),
    };
  }

  #take(call: PendingCall): boolean {
    const index = this.pending.indexOf(call);
    if (index >= 0) this.pending.splice(index, 1);
    return index >= 0;
  }
}

/** A call in words. */
export function describeCall({ kind, server, epoch, hashes }: Omit<PendingCall, 'resolve' | 'reject'>): string {
  const what = hashes.includes(canarySha256) ? ['canary'] : hashes.map((hash) => hash.slice(0, 8));
  return [kind, ...what, 'to', server, 'in epoch', epoch].join(' ');
}
