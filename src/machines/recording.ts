import type { EventObject, StateValue } from 'xstate';
import type { Lane, Severity } from '../events/envelope.ts';
import { newestVersion } from '../events/upcast.ts';
import type { CertificateContext } from './certificate.ts';
import type { CommandContext } from './command.ts';
import type { ComponentUpdaterContext } from './component-updater.ts';
import type { JournalRoomContext } from './journal-room.ts';
import type { MessageScanContext } from './message-scan.ts';
import type { NotificationContext } from './notification.ts';
import type { ProjectionContext } from './projection.ts';
import type { QuarantineContext } from './quarantine.ts';
import type { RelayContext } from './relay.ts';
import type { ReputationServerContext } from './reputation-server.ts';
import type { ScanServiceContext } from './scan-service.ts';
import type { SearchMethodContext } from './search-method.ts';
import type { SessionContext } from './session.ts';
import type { SupervisorContext } from './supervisor.ts';

/**
 * What the log says of a transition: pure, one rule for each machine. The trigger is recorded whole enough that folding the
 * events of a stream through its machine gives the same snapshot again (see replay.ts).
 */
export interface StreamRule<Context> {
  lane: Lane;
  /** The aggregate. */
  subject(context: Context): string;
  /** The scan or command that all events of the stream belong to. */
  correlation?(context: Context): string;
  /** Whether each event says how long things took: `elapsedMs` and `fromMs` (see replay.ts). */
  isTimed?: true;
  /** What the actor was started with: recorded with the first event of the stream. */
  input(context: Context): Record<string, unknown>;
  /** What readers of the log want to know of the state that was entered. */
  facts(context: Context, state: string): Record<string, unknown>;
  severity(context: Context, state: string, from: string, event: string): Severity;
}

const server: StreamRule<ReputationServerContext> = {
  lane: 'servers',
  subject: (context) => `server/${context.server}`,
  input: ({ server: name, epoch, threshold, cacheMs, connectMs, failOver, wasFailedOver }) => ({
    ...{ server: name, epoch, threshold, cacheMs, connectMs, failOver, wasFailedOver },
  }),
  facts: (context) => ({
    server: context.server,
    epoch: context.epoch,
    failCount: context.queryFailures + context.versionFailures,
    threshold: context.threshold,
    trips: context.trips,
    cacheSeconds: context.cacheMs / 1000,
  }),
  severity: (_context, state, from, event) => {
    if (event === 'CREDENTIALS_REFUSED') return 'ERROR';
    // A late answer (D12) changes nothing; an outage that outlives a restart is told once (D10).
    if (state === 'CachedInvalid.Unasked') return from === state ? 'INFO' : 'ERROR';
    // It is the search method that switches, once no server is left.
    if (state.startsWith('FailedOver')) return /^(FailedOver|Starting)/.test(from) ? 'INFO' : 'WARN';
    return state === 'Failing' || state === 'LeftOut' || state.startsWith('Throttled') ? 'WARN' : 'INFO';
  },
};

const method: StreamRule<SearchMethodContext> = {
  lane: 'system',
  subject: () => 'method',
  input: ({ epoch, setting, servers, failedOver, wasConventional }) => ({
    ...{ epoch, setting, servers, failedOver, wasConventional },
  }),
  facts: ({ epoch, failedOver, leftOut }, state) => ({
    ...{ epoch, method: state.startsWith('Conventional') ? 'conventional' : 'smart', failedOver, leftOut },
  }),
  severity: ({ wasConventional }, state, from) => {
    if (state !== 'Conventional') return 'INFO';
    // An outage that outlives a restart is told once (D10).
    return from === 'Starting' && wasConventional ? 'INFO' : 'ERROR';
  },
};

const scan: StreamRule<MessageScanContext> = {
  lane: 'scans',
  isTimed: true,
  subject: (context) => `scan/${context.guid}`,
  correlation: (context) => context.guid,
  input: ({ guid, size, mailFrom, recipients, recipientCount, client, clientName, helo, ...more }) => {
    const { queueId, messageId, subject, receivedMs, messageMs, rule } = more;
    return {
      ...{ guid, size, mailFrom, recipients, recipientCount, client, clientName, helo },
      ...{ queueId, messageId, subject, receivedMs, messageMs, rule },
    };
  },
  facts: (context, state) => {
    if (state === 'Verdict') return { verdict: context.verdict };
    if (state === 'Deferred') return { reply: context.reply, failure: context.failure, message: messageOf(context) };
    if (state !== 'Answered') return {};
    // Whoever tells people of it needs both, and would else have to remember every message from event to event.
    const { reply, verdict } = context;
    return verdict === null || verdict.verdict === 'clean'
      ? { reply }
      : { reply, verdict, message: messageOf(context) };
  },
  severity: (context, state) => {
    if (state === 'Deferred') return 'WARN';
    return state === 'Verdict' && context.verdict?.verdict !== 'clean' ? 'WARN' : 'DEBUG';
  },
};

/** By what people know a message; addresses and names came with it. */
function messageOf({ mailFrom, recipients, recipientCount, messageId, queueId, subject }: MessageScanContext) {
  return { mailFrom, recipients, recipientCount, messageId, queueId, subject };
}

const session: StreamRule<SessionContext> = {
  lane: 'scans',
  subject: (context) => `session/${context.session}`,
  input: ({ session: id, client }) => ({ session: id, client }),
  facts: (context) => ({ messages: context.messages }),
  severity: () => 'DEBUG',
};

const service: StreamRule<ScanServiceContext> = {
  lane: 'system',
  subject: () => 'service',
  input: ({ lastEpoch, drainMs }) => ({ lastEpoch, drainMs }),
  facts: (context) => ({ epoch: context.epoch }),
  severity: (_context, state) => (state === 'Broken' ? 'ERROR' : 'INFO'),
};

const updater: StreamRule<ComponentUpdaterContext> = {
  lane: 'system',
  subject: (context) => `component/${context.component}`,
  input: ({ component, intervalMs, retryMs, checkMs, staleMs }) => ({
    ...{ component, intervalMs, retryMs, checkMs, staleMs },
  }),
  facts: (context) => ({ component: context.component, version: context.version }),
  severity: (_context, state) => {
    if (state === 'Stale') return 'ERROR';
    return state === 'Failed' ? 'WARN' : state === 'Updated' ? 'INFO' : 'DEBUG';
  },
};

const supervisor: StreamRule<SupervisorContext> = {
  lane: 'system',
  subject: () => 'supervisor',
  input: () => ({}),
  facts: (context) => ({ children: Object.values(context.children).map(({ id, restarts }) => ({ id, restarts })) }),
  severity: (_context, state, _from, event) => {
    if (state === 'GivenUp') return 'ERROR';
    return event.startsWith('xstate.error.actor.') ? 'WARN' : 'INFO';
  },
};

const relay: StreamRule<RelayContext> = {
  lane: 'system',
  subject: ({ to = 'kafka' }) => `relay/${to}`,
  input: ({ to, position, crash }) => ({ ...(to && { to }), position, crash }),
  facts: ({ position, failure, gaps, putAside }) => ({ position, failure, gaps, putAside }),
  severity: ({ crash }, state, from, event) => {
    if (event === 'GAP' || event === 'PUT_ASIDE') return 'ERROR';
    if (state === 'Refused' || state === 'Stuck') return 'ERROR';
    return state === 'Away' || (from === 'Connecting' && crash !== null) ? 'WARN' : 'INFO';
  },
};

const projection: StreamRule<ProjectionContext> = {
  lane: 'system',
  subject: (context) => `projection/${context.projection}`,
  input: ({ projection: name, retryMs, retryMsMax }) => ({ projection: name, retryMs, retryMsMax }),
  facts: ({ projection: name, failures, parked, lost }) => ({ projection: name, failures, parked, lost }),
  severity: (_context, state, _from, event) => {
    if (event === 'PARKED' || event === 'LOST') return 'ERROR';
    return state === 'Failing' ? 'WARN' : 'INFO';
  },
};

const journal: StreamRule<JournalRoomContext> = {
  lane: 'system',
  subject: () => 'journal',
  input: ({ percentMax, freeBytesMin }) => ({ percentMax, freeBytesMin }),
  facts: ({ short, heldBy, bytes, bytesMax, percent }) => ({ short, heldBy, bytes, bytesMax, percent }),
  severity: (_context, state, from) => (state === 'NearlyFull' ? 'ERROR' : from === 'Unmeasured' ? 'DEBUG' : 'INFO'),
};

const certificate: StreamRule<CertificateContext> = {
  lane: 'system',
  subject: (context) => `certificate/${context.certificate}`,
  input: ({ certificate: name, host, daysMin }) => ({ certificate: name, host, daysMin }),
  facts: ({ certificate: name, host, days, end }) => ({ certificate: name, host, days, end }),
  severity: (_context, state, from) => {
    if (state !== 'Good') return state === 'Over' ? 'ERROR' : 'WARN';
    return from === 'Unseen' ? 'DEBUG' : 'INFO';
  },
};

const quarantine: StreamRule<QuarantineContext> = {
  lane: 'system',
  subject: () => 'quarantine',
  input: ({ bytesMax, daysMax, whenFull }) => ({ bytesMax, daysMax, whenFull }),
  facts: ({ messages, bytes, bytesMax, refusedBytes, gone, reason }) => ({
    ...{ messages, bytes, bytesMax, refusedBytes, gone, reason },
  }),
  severity: (_context, state, from, event) => {
    if (event === 'EXPIRED') return 'INFO';
    if (state === 'Open') return from === 'Unmeasured' ? 'DEBUG' : 'INFO';
    return state === 'Full' ? 'ERROR' : 'WARN';
  },
};

const command: StreamRule<CommandContext> = {
  lane: 'commands',
  subject: ({ command: id, gateway }) => `command/${id}/${gateway}`,
  correlation: ({ command: id }) => id,
  input: ({ command: id, gateway, order, problem, givenBy, givenMs, receivedMs, validMs, interrupted }) => ({
    ...{ command: id, gateway, order, problem, givenBy, givenMs, receivedMs, validMs, interrupted },
  }),
  facts: ({ command: id, order, reason, result }) => ({ command: id, order, reason, result }),
  severity: (_context, state) => (({ Refused: 'WARN', Failed: 'ERROR' }) as const)[state] ?? 'INFO',
};

const notification: StreamRule<NotificationContext> = {
  lane: 'notifications',
  subject: ({ notification: id, channel, target }) => `notification/${id}/${channel}/${target}`,
  input: ({ notification: id, kind, channel, target, about, ...more }) => {
    const { triedBefore, waitedBeforeMs, retryMs, retryMsMax, giveUpMs, sendMs, refusal } = more;
    return {
      ...{ notification: id, kind, channel, target, about },
      ...{ triedBefore, waitedBeforeMs, retryMs, retryMsMax, giveUpMs, sendMs, refusal },
    };
  },
  facts: ({ notification: id, kind, channel, target, about, attempts, waitedMs, reason, outcome }) => ({
    ...{ notification: id, kind, channel, target, about, attempts, waitedMs, reason, outcome },
  }),
  severity: (_context, state) => (({ Waiting: 'WARN', GivenUp: 'ERROR', Sending: 'DEBUG' }) as const)[state] ?? 'INFO',
};

/** By machine id. */
// biome-ignore lint/suspicious/noExplicitAny: each rule is only ever given its own machine's context
export const streamRules: Readonly<Record<string, StreamRule<any>>> = {
  server,
  method,
  scan,
  session,
  service,
  updater,
  supervisor,
  projection,
  relay,
  journal,
  certificate,
  quarantine,
  command,
  notification,
};

/** As much of xstate's transition definition as an id needs. */
export interface TransitionLike {
  source: {
    id: string;
    transitions: ReadonlyMap<string, readonly unknown[]>;
    always?: readonly unknown[] | undefined;
  };
  /** Empty for an eventless transition. */
  eventType: string;
}

/**
 * Id of a transition in the log and in the statechart's picture (`data-transition`), e.g. `server.Failing:QUERY_FAILED:0`:
 * source, event, and which one of several that the source has for this event.
 */
export function transitionId(transition: TransitionLike): string {
  const { source, eventType } = transition;
  const name = `${source.id}:${eventType || 'always'}`;
  const sameEvent = (eventType === '' ? source.always : source.transitions.get(eventType)) ?? [];
  return sameEvent.length > 1 ? `${name}:${sameEvent.indexOf(transition)}` : name;
}

/** `CachedInvalid.Unasked` for `{ CachedInvalid: 'Unasked' }`. */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([key, child]) => (child === undefined ? key : `${key}.${stateName(child)}`))
    .join(',');
}

/** `cached-invalid` for `CachedInvalid` or `CACHED_INVALID`. */
export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}

/**
 * Event type of a transition. Named after the state that is entered; CachedInvalid.Unasked and the like have the name of
 * the state that people know. A transition without target is named after its event.
 */
export function eventType(machine: string, state: string, event: string, hasTarget: boolean): string {
  const name = `sekisho.${machine}.${hasTarget ? nameOfState(state) : nameOfEvent(event)}`;
  return `${name}.v${newestVersion(name)}`;
}

function nameOfEvent(event: string): string {
  return event.startsWith('xstate.error.actor.') ? 'child-restarted' : kebab(event);
}

function nameOfState(state: string): string {
  const [top = '', leaf] = state.split('.');
  return leaf === undefined || leaf === 'Unasked' || leaf === 'Resting' ? kebab(top) : `${kebab(top)}-${kebab(leaf)}`;
}

/** An event as the log keeps it: errors become plain objects; a session's copy of the scan's input is left to the scan. */
export function recordedTrigger(event: EventObject): Record<string, unknown> {
  if (event.type === 'MESSAGE') {
    const { guid } = (event as unknown as { scan: { guid: string } }).scan;
    return { type: event.type, scan: { guid } };
  }
  const { type, output, error, ...own } = event as EventObject & {
    output?: unknown;
    error?: unknown;
    actorId?: string;
  };
  if (error !== undefined) return { type, error: plainError(error) };
  if (output !== undefined) return { type, output };
  return type.startsWith('xstate.') ? { type } : { type, ...own };
}

function plainError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return error as Record<string, unknown>;
  const { name, message } = error;
  return { ...error, name, message };
}
