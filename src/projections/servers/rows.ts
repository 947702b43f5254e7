/** What is known of every statechart: where it stands, for people and for a picture of it. Times are RFC 3339. */
export interface ChartRow {
  /** CloudEvents source of the gateway. */
  gateway: string;
  /** The state that people know, e.g. `CachedInvalid`. */
  state: string;
  /** The whole state of the machine, e.g. `CachedInvalid.Connecting`. */
  stateValue: string;
  /** The transition that led there: `data-transition` in the statechart's picture. */
  transition: string;
  /** Since when it is in `state`. */
  since: string;
  /** Time of the last event. */
  time: string;
}

/** A reputation server, or another reputation service, as one gateway sees it: Starting, Healthy, Failing, CachedInvalid, Throttled, FailedOver, LeftOut. */
export interface ServerRow extends ChartRow {
  /** `host:port`; of a service, its name. */
  server: string;
  /** Kind of the service; absent: a Smart Protection Server. */
  service?: string;
  /** Of a service: messages need its answer. */
  required?: boolean;
  epoch: number;
  failCount: number;
  threshold: number;
  /** Until when it is not asked: of CachedInvalid and Throttled. */
  invalidUntil?: string;
  /** Kind of the last failure. */
  lastFailure?: string;
}

/** A server of a scan engine outside: Healthy, Failing, CachedInvalid, Probing. */
export interface EngineRow extends ChartRow {
  /** `clamd`. */
  engine: string;
  /** `host:port` or `unix:/path`. */
  server: string;
  failCount: number;
  threshold: number;
  /** Kind of the last failure. */
  lastFailure?: string;
}

/** The scan service of a gateway. */
export interface GatewayRow extends ChartRow {
  epoch: number;
}

/** The search method of a gateway: Smart, Conventional (by failover), ConventionalBySetting. */
export interface MethodRow extends ChartRow {
  method: 'smart' | 'conventional';
  epoch: number;
}

/** Why a component was not updated, or not rolled back. */
export interface ComponentFailure {
  time: string;
  /** As `wrongly-signed` or `timeout`. */
  kind: string;
  reason: string;
}

/** A component of one gateway. */
export interface ComponentRow extends ChartRow {
  component: string;
  version: string | null;
  /** Id of the smart scan pattern that it belongs to, and signatures of a pattern; where it says so. */
  patternId?: string;
  signatures?: number;
  /** When it was last found to be the newest; absent before that. */
  confirmed?: string;
  /** When the last check ended, and when the next one comes by itself; absent: none. */
  lastCheck?: string;
  nextCheck?: string;
  /** Checks that have failed in a row. */
  failures?: number;
  lastFailure?: ComponentFailure;
  /** The version that is refused since it was rolled back. */
  heldBack?: string;
}

/** The way of a gateway's log to Kafka, or to a syslog server. */
export interface RelayRow extends ChartRow {
  to: 'kafka' | 'syslog';
  /** What stands in the way. */
  failure?: string;
}
