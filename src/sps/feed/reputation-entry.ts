import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { schemaId } from '../../events/schemas/envelope.ts';

/** Name of the schema in kafka/schemas. */
export const reputationEntryType = 'sekisho.reputation-entry.v1';

/** Value of a record of the topic of reputation entries; its key is the SHA-256, and without a value it takes the entry back. */
export const ReputationEntry = Type.Object(
  {
    verdict: Type.Union([Type.Literal('malicious'), Type.Literal('clean')]),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Name of the malware' })),
    source: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Who says so, for people' })),
    expires: Type.Optional(
      Type.String({ format: 'date-time', maxLength: 40, description: 'From then on it counts no more (RFC 3339)' }),
    ),
    ttlSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 10 ** 10, description: 'The same, counted from the time of the record' }),
    ),
  },
  { $id: schemaId(reputationEntryType), title: reputationEntryType, description: 'What is known of one file' },
);
export type ReputationEntry = Static<typeof ReputationEntry>;

/** A record as Kafka has it. */
export interface FeedRecord {
  key: string | undefined;
  /** Undefined: a tombstone. */
  value: string | undefined;
  /** When it was written, ms since 1970. */
  timeMs: number;
}

/** What is said of a hash. */
export interface FeedWord {
  verdict: ReputationEntry['verdict'];
  /** Empty: there is none. */
  name: string;
  /** Who says so; empty: that is not said. */
  source: string;
  expiresMs: number;
}

/** What a record says. */
export interface FeedChange {
  /** 32 bytes. */
  hash: Buffer;
  /** Undefined: the entry is taken back. */
  entry: FeedWord | undefined;
}

const validator = Compile(ReputationEntry);

/** Reads a record; undefined when it is none of ours. An expiry that is given twice is the earlier one. */
export function readFeedRecord({ key, value, timeMs }: FeedRecord): FeedChange | undefined {
  if (key === undefined || !/^[0-9a-f]{64}$/.test(key)) return undefined;
  const hash = Buffer.from(key, 'hex');
  if (value === undefined) return { hash, entry: undefined };
  const entry = parse(value);
  if (entry === undefined) return undefined;
  const { verdict, name = '', source = '', expires, ttlSeconds } = entry;
  const ends = [
    expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires),
    ttlSeconds === undefined ? Number.POSITIVE_INFINITY : timeMs + ttlSeconds * 1000,
  ];
  // In lines of patterns a colon ends the name; others have it in theirs (`Trojan:Win32/X`).
  const word = { verdict, name: name.replace(/[:\p{Cc}\u{fffd}]/gu, '_'), source, expiresMs: Math.min(...ends) };
  return { hash, entry: word };
}

function parse(value: string): ReputationEntry | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    return validator.Check(parsed) ? (parsed as ReputationEntry) : undefined;
  } catch {
    return undefined;
  }
}

/** The value of a record. */
export function feedValue(entry: ReputationEntry): string {
  return JSON.stringify(entry satisfies ReputationEntry);
}
