import type { HashServiceKind } from '../ports/hash-service.ts';
import type { RequestLimits } from './request-budget.ts';

/** A reputation service of `[smart_scan] services`, as scans use it. */
export interface ServiceSettings {
  /** NAME of `[service.NAME]`: the name in logs, events and on screens. */
  name: string;
  kind: HashServiceKind;
  /** A message is answered 451 without its answer; else it is advisory. */
  required: boolean;
  /** For one look-up. */
  timeoutMs: number;
  /** Look-ups for one message that are under way at one time. */
  atOnceMax: number;
  limits: RequestLimits;
  /** How long an answer is kept: that it is malware, and any other. */
  maliciousTtlSeconds: number;
  otherTtlSeconds: number;
  /** What answers mean: kept ones are not used under another meaning. */
  basis: string;
}

/** How the answers of several make one verdict. */
export interface Combination {
  /**
   * `any`: malware is what any calls so. `first`: one after the other, in the order of the list; the first that knows a hash decides on it.
   * `quorum`: malware is what a Smart Protection Server, or so many services, call so.
   */
  rule: 'any' | 'first' | 'quorum';
  quorum: number;
}
