import type {
  AmbiguityFact,
  ComponentFacts,
  FileFact,
  MalwareFact,
  UnscannableFact,
  Verdict,
} from '../../events/scan.ts';

/** A file of a message, as far as tracking shows it. */
export type TrackedFile = Pick<FileFact, 'path' | 'size' | 'sha256' | 'place'>;

/** Files, hashes that were asked, malware and unscannable things that a row lists, each; counts are always whole. */
export const listedMax = 50;

/** What came in, and what was found in it: written once for each scan. Names came with the mail: escape them where shown. */
export interface ArrivalRow {
  guid: string;
  /** The gateway. */
  source: string;
  /** When the final dot came. */
  time: string;
  /** When it was unpacked and looked up locally. */
  unpacked: string;
  /** Milliseconds from `time` to `unpacked`, by a clock that nobody sets; absent in logs of before 0.3.0. */
  elapsedMs?: number;
  client: string;
  clientName: string | null;
  helo: string | null;
  mailFrom: string;
  /** The first 50 of them. */
  recipients: readonly string[];
  recipientCount: number;
  messageId: string | null;
  /** Postfix's. */
  queueId: string | null;
  subject: string | null;
  /** Bytes. */
  size: number;
  files: readonly TrackedFile[];
  fileCount: number;
  /** Hashes that smart scan needs an answer for, of servers or of other services. */
  asked: readonly string[];
  askedCount: number;
}

/** What became of a scan. */
export interface OutcomeRow {
  guid: string;
  /** Absent when there was none: the scan was deferred, or is not finished. */
  verdict?: VerdictFacts;
  end?: EndFacts;
}

/** The verdict, and what it rests on. */
export interface VerdictFacts {
  time: string;
  /** Since the arrival. */
  elapsedMs?: number;
  verdict: Verdict['verdict'];
  method: 'smart' | 'conventional';
  /** What the virus rule made of it. */
  action: string;
  /** What was done besides; absent: nothing. */
  also?: readonly string[];
  /** Where the message went instead of to its recipients. */
  recipient?: string;
  malware: readonly MalwareFact[];
  malwareCount: number;
  /** Absent: nothing. */
  ambiguous?: readonly AmbiguityFact[];
  unscannable: readonly UnscannableFact[];
  unscannableCount: number;
  /** That answered, `host:port` each; `cache` for kept answers. */
  servers: readonly string[];
  /** Of the server's answer. */
  patternVersion?: string;
  components: ComponentFacts;
}

/** Our reply to the final dot. */
export interface EndFacts {
  time: string;
  /** Since the arrival. */
  elapsedMs?: number;
  reply: { code: number; text: string };
  /** Kind of the query's last failure, when the scan was deferred for it. */
  failure?: string;
}

/** A server that did not answer a scan's query. */
export interface FailureRow {
  guid: string;
  time: string;
  /** `host:port`. */
  server: string;
  /** Kind of the failure, e.g. `timeout`. */
  kind: string;
}
