import type { Policy } from '../machines/policy.ts';
import type { VirusRule } from '../machines/virus-rule.ts';
import type { ServerAddress } from './ports/reputation.ts';
import type { UnpackLimits } from './ports/scanning.ts';
import type { Combination, ServiceSettings } from './reputation/service-settings.ts';

/** What a scan service epoch runs under (D10): fixed from its start to its end. Times in milliseconds. */
export interface ScanSettings {
  /** Search method of the screen セキュリティリスク検索. */
  method: 'smart' | 'conventional';
  servers: readonly ServerAddress[];
  /** Other reputation services, in order; absent: none. */
  services?: readonly ServiceSettings[];
  /** What they are asked about: files that came with a message, or its text and itself, too. Absent: files. */
  servicesAbout?: 'files' | 'all';
  /** How their answers are combined; absent: any. */
  combination?: Combination;
  /** D11: tried in the listed order, or at random. */
  order: 'listed' | 'random';
  /** For one server (D7). */
  queryTimeoutMs: number;
  /** For all servers tried (D7). */
  queryTotalMs: number;
  /** D1: a query of more hashes is split. */
  hashesPerQueryMax: number;
  /** The failover box. */
  failOver: boolean;
  /** `cache_threshold_count`: one failure more trips. */
  threshold: number;
  /** `cache_seconds`. */
  cacheMs: number;
  /** Kept answers, and the memory that they may take. */
  answersMax: number;
  answersBytesMax: number;
  /** D1: well-known harmless hashes that are never asked about. */
  allowedHashes: ReadonlySet<string>;
  /** Scans in progress; one more waits. */
  scansMax: number;
  /** D18. */
  messageMs: number;
  /** D18: for reading the message; less than `messageMs`, as what takes long is then unscannable and not deferred. */
  readMs: number;
  limits: UnpackLimits;
  rule: VirusRule;
  /** Rules of the administrator, and the domains that they are about. */
  policy: Policy;
  /** Whether a client's address is in `[policy] own_networks`. */
  isOwnClient: (address: string) => boolean;
  /** Text of the `X-Sekisho-Tag` field that the action `tag` adds. */
  tag: string;
  /** What `tag_subject` puts before the subject. */
  subjectTag: string;
  /** What `add_header` adds; set when the rule says so. */
  addedHeader?: readonly [name: string, value: string];
  /** Where `archive` keeps copies; set when the rule says so. */
  archiveFolder?: string;
  /** Add `X-Sekisho` header fields to what is delivered. */
  headers: boolean;
}

/** D13: a connect attempt lasts at most so long. */
export const connectMsMax = 3000;

/** How long one connect attempt may take under these settings. */
export function connectMs(settings: ScanSettings): number {
  return Math.min(settings.queryTimeoutMs, connectMsMax);
}
