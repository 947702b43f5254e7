/**
 * The rules of smart-scan.md sections 3 to 5 for one server, as a plain reducer: an oracle for the machine, written from
 * the text. Nothing here is taken from src/machines.
 */

export interface RuleSettings {
  threshold: number;
  cacheMs: number;
  connectMs: number;
  failOver: boolean;
  wasFailedOver: boolean;
}

export type Timer = 'cacheTime' | 'connectTime' | 'probeTime' | 'throttleTime';

export type RuleEvent =
  | {
      type:
        | 'QUERY_ANSWERED'
        | 'QUERY_FAILED'
        | 'VERSION_CHECKED'
        | 'VERSION_CHECK_FAILED'
        | 'OTHER_PATTERN'
        | 'CREDENTIALS_REFUSED';
    }
  | { type: 'THROTTLED'; retryAfterMs: number }
  | { type: 'MESSAGE_RECEIVED'; at: number }
  /** Outcome of the connect attempt or of the probe in progress. */
  | { type: 'CONNECTED' | 'NOT_CONNECTED' | 'PROBE_PASSED' | 'PROBE_FAILED' }
  | { type: 'TIME_OVER'; timer: Timer };

export interface RuleState {
  settings: RuleSettings;
  now: number;
  server: 'Healthy' | 'Failing' | 'CachedInvalid' | 'Throttled' | 'FailedOver' | 'LeftOut';
  /** D9: counted apart. */
  queryFailures: number;
  versionFailures: number;
  /** Trips since the server was last Healthy: the next one is "again" (D15). */
  trips: number;
  /** D13: trips since the last answered query. */
  tripsSinceAnswer: number;
  attempt: boolean;
  lastAttemptAt: number;
  probing: boolean;
  /** Ends of what runs, on the clock. */
  deadlines: Partial<Record<Timer, number>>;
}

const attemptEveryMs = 5000;

/** What it means to be Healthy: sections 3 and 4, nothing is remembered of failures. */
const healthy = {
  server: 'Healthy',
  queryFailures: 0,
  versionFailures: 0,
  trips: 0,
  tripsSinceAnswer: 0,
  attempt: false,
  probing: false,
  deadlines: {},
} as const;

/** D10: a service that was failed over probes first, all others start Healthy. D20: the new box rules. */
export function start(settings: RuleSettings, now = 0): RuleState {
  const state: RuleState = { settings, now, lastAttemptAt: Number.NEGATIVE_INFINITY, ...healthy };
  return settings.wasFailedOver && settings.failOver ? probe(state) : state;
}

const count = (state: RuleState) => state.queryFailures + state.versionFailures;
const isAsked = (state: RuleState) => state.server === 'Healthy' || state.server === 'Failing';
const isInvalid = (state: RuleState) => state.server === 'CachedInvalid' || state.server === 'Throttled';

/** Section 4: cached as invalid when the count exceeds the threshold. */
function failed(state: RuleState): RuleState {
  if (count(state) <= state.settings.threshold) return { ...state, server: 'Failing' };
  return {
    ...state,
    server: 'CachedInvalid',
    trips: state.trips + 1,
    tripsSinceAnswer: state.tripsSinceAnswer + 1,
    // D15: whoever is received while the server is invalid is owed an attempt made since it became so.
    lastAttemptAt: Number.NEGATIVE_INFINITY,
    deadlines: { cacheTime: state.now + state.settings.cacheMs },
  };
}

function failOver(state: RuleState): RuleState {
  const deadlines = { cacheTime: state.now + state.settings.cacheMs };
  return { ...state, server: 'FailedOver', attempt: false, probing: false, deadlines };
}

function probe(state: RuleState): RuleState {
  const deadlines = { probeTime: state.now + 2 * state.settings.connectMs };
  return { ...state, server: 'FailedOver', probing: true, deadlines };
}

/** D14: any message, when the box is checked; one attempt at a time, one each 5 s. D13: unless it is settled already. */
function received(state: RuleState, at: number): RuleState {
  if (!isInvalid(state) || !state.settings.failOver || state.attempt) return state;
  if (state.tripsSinceAnswer >= 2) return failOver(state);
  if (at - state.lastAttemptAt < attemptEveryMs) return state;
  const connectTime = state.now + state.settings.connectMs;
  return { ...state, attempt: true, lastAttemptAt: at, deadlines: { ...state.deadlines, connectTime } };
}

function answered(state: RuleState): RuleState {
  if (isAsked(state)) return { ...state, ...healthy };
  // D12: an answer after the trip is used for its message, but neither ends the 300 s nor clears; D13 remembers it.
  return isInvalid(state) ? { ...state, tripsSinceAnswer: 0 } : state;
}

function versionChecked(state: RuleState): RuleState {
  if (state.server !== 'Failing') return state;
  const cleared = { ...state, versionFailures: 0 };
  return count(cleared) === 0 ? { ...cleared, ...healthy } : cleared;
}

function timeOver(state: RuleState, timer: Timer): RuleState {
  if (timer === 'connectTime') return failOver(state);
  if (timer === 'probeTime') return failOver(state);
  if (state.server === 'FailedOver') return probe(state);
  const back = { ...state, attempt: false, deadlines: {} };
  if (timer === 'throttleTime' && count(state) === 0) return { ...back, ...healthy };
  return { ...back, server: 'Failing' };
}

export function reduce(state: RuleState, event: RuleEvent): RuleState {
  switch (event.type) {
    case 'QUERY_ANSWERED':
      return answered(state);
    case 'QUERY_FAILED':
      return isAsked(state) ? failed({ ...state, queryFailures: state.queryFailures + 1 }) : state;
    case 'VERSION_CHECK_FAILED':
      return isAsked(state) ? failed({ ...state, versionFailures: state.versionFailures + 1 }) : state;
    case 'VERSION_CHECKED':
      return versionChecked(state);
    case 'THROTTLED':
      // D6: the count does not move.
      if (!isAsked(state)) return state;
      return { ...state, server: 'Throttled', deadlines: { throttleTime: state.now + event.retryAfterMs } };
    case 'OTHER_PATTERN':
      return isAsked(state) ? { ...state, server: 'LeftOut' } : state;
    // D5: an event of its own, which changes nothing.
    case 'CREDENTIALS_REFUSED':
      return state;
    case 'MESSAGE_RECEIVED':
      return received(state, event.at);
    case 'CONNECTED': {
      const { connectTime: _over, ...deadlines } = state.deadlines;
      return { ...state, attempt: false, deadlines };
    }
    case 'NOT_CONNECTED':
      return failOver(state);
    case 'PROBE_PASSED':
      return { ...state, ...healthy };
    case 'PROBE_FAILED':
      return failOver(state);
    case 'TIME_OVER':
      return timeOver(state, event.timer);
  }
}

/** Lets time pass: what ends in it ends in order. */
export function passTime(state: RuleState, ms: number): RuleState {
  const end = state.now + ms;
  let current = state;
  for (;;) {
    const due = (Object.entries(current.deadlines) as [Timer, number][]).sort((a, b) => a[1] - b[1])[0];
    if (!due || due[1] > end) return { ...current, now: end };
    current = reduce({ ...current, now: due[1] }, { type: 'TIME_OVER', timer: due[0] });
  }
}

/** D15: what a message gets whose query fails now. */
export function treatmentOfFailure(before: RuleState): 'deferred' | 'while-invalid' {
  if (!isAsked(before)) return 'while-invalid';
  const after = reduce(before, { type: 'QUERY_FAILED' });
  return after.server === 'CachedInvalid' && before.trips > 0 ? 'while-invalid' : 'deferred';
}
