/** The form of every event: CloudEvents 1.0, structured JSON, with extension attributes for causes and order. */

/** How loud an event is (CloudEvents `severitytext`). */
export type Severity = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** Groups of aggregates that share retention and, with Kafka, a topic. An aggregate's events stay in one lane. */
export type Lane = 'servers' | 'scans' | 'system' | 'notifications' | 'commands';

/** One event as it stands in the journal and, byte for byte, in Kafka. */
export interface Envelope<Data = Record<string, unknown>> {
  specversion: '1.0';
  /** Unique for ever: epoch of the process and a counter. */
  id: string;
  /** Who says so, e.g. `/sekisho/gateway/mx1`. */
  source: string;
  /** Versioned and constant, e.g. `sekisho.server.cached-invalid.v1`. */
  type: string;
  /** RFC 3339 UTC with milliseconds. */
  time: string;
  /** The aggregate, e.g. `server/sps.example.org:443` or `scan/<GUID>`. */
  subject: string;
  datacontenttype: 'application/json';
  dataschema: string;
  /** The scan (or command) that this belongs to. */
  correlationid?: string;
  /** Id of the event that caused this one. */
  causationid?: string;
  /** 1, 2, 3, … within the aggregate's stream. */
  streamversion: number;
  severitytext: Severity;
  data: Data;
}

/** An event with the place it has in the journal: contiguous, from 1. */
export interface Recorded<Data = Record<string, unknown>> {
  sequence: number;
  event: Envelope<Data>;
}
