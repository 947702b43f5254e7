/** Everything that the machines can say: found by walking them, with a sample of what each is started with. */
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition } from 'xstate';
import type { Lane } from '../src/events/envelope.ts';
import { eventType } from '../src/machines/recording/names.ts';
import { streamRules } from '../src/machines/recording/stream-rules.ts';
import { allStates, type ChartState, type ChartTransition } from '../src/statecharts/chart.ts';
import { machines } from '../src/statecharts/machines.ts';
import { walk } from '../src/statecharts/walk.ts';
import { eventMeanings } from './event-meanings.ts';

/** What each machine is about, and an input and further contexts that make it say all it can say. */
const samples: Readonly<Record<string, { about: string; input: object; contexts?: readonly object[] }>> = {
  server: {
    about: 'One Smart Protection Server, or another reputation service, in one epoch.',
    input: {
      server: '<host>:<port>',
      epoch: 1,
      threshold: 10,
      cacheMs: 300_000,
      connectMs: 1500,
      failOver: true,
      wasFailedOver: false,
    },
    contexts: [{}, { service: 'mhr', required: false }],
  },
  engine: {
    about: 'One clamd that looks at messages beside our own engines.',
    input: {
      ...{ engine: 'clamd', server: '<host>:<port>', threshold: 3, cacheMs: 60_000, pingMs: 3000, required: true },
    },
  },
  method: {
    about:
      'The search method of one epoch: conventional exactly when every server of the list, or a required service, is failed over (D16).',
    input: {
      epoch: 1,
      setting: 'smart',
      servers: ['<host>:<port>'],
      services: ['<name>'],
      failedOver: [],
      wasConventional: false,
    },
    contexts: [{}, { wasConventional: true }],
  },
  scan: {
    about: 'One message, from its final dot to our reply. `correlationid` is the GUID of the scan.',
    input: {
      guid: '<GUID>',
      size: 0,
      mailFrom: '',
      recipients: [],
      recipientCount: 0,
      client: '',
      clientName: null,
      helo: null,
      queueId: null,
      messageId: null,
      subject: null,
      automatic: true,
      receivedMs: 0,
      messageMs: 90_000,
      rule: {},
      policy: [],
    },
    contexts: [{ verdict: { verdict: 'clean', action: 'pass' } }, { verdict: { verdict: 'malware' } }],
  },
  session: { about: 'One SMTP connection.', input: { session: '<session>', client: '' } },
  service: { about: 'The scan service: start, restart, end.', input: { lastEpoch: 0, drainMs: 8000 } },
  updater: {
    about: 'One local component: the agent pattern, the conventional pattern, or the query filter.',
    input: {
      ...{ component: '<component>', schedule: null, timeZone: 'UTC', jitterMsMax: 1, retryMs: 1, retryMsMax: 1 },
      ...{ checkMs: 1, staleMs: 1, version: null, heldBack: null, facts: {}, confirmedMs: 0, atMs: 0, random: 0 },
    },
    contexts: [
      {},
      { facts: { patternId: '<id>', signatures: 1 } },
      // As before 0.5.0.
      { input: { component: '<component>', intervalMs: 1, retryMs: 1, checkMs: 1, staleMs: 1 } },
    ],
  },
  relay: {
    about: 'The way of the journal to Kafka, or as lines to a syslog server (subject `relay/syslog`).',
    input: { to: 'kafka', position: 0, crash: null },
  },
  journal: {
    about: 'How much room there is for the journal, which takes no events any more when it is full.',
    input: { percentMax: 80, freeBytesMin: 1 },
  },
  certificate: {
    about: 'One certificate that the gateway rests on: of a server, as clients see it, or in a file of the settings.',
    input: { certificate: '<host>:<port>', host: '<host>', daysMin: 21 },
  },
  quarantine: {
    about: 'The quarantine, or an archive of the virus rule (subject `archive/<folder>`), within its limits.',
    input: { bytesMax: 1, daysMax: 1, whenFull: 'defer' },
    contexts: [{}, { archive: '<folder>' }],
  },
  projection: {
    about: 'One projection that a program keeps up to date.',
    input: { projection: '<name>', retryMs: 1, retryMsMax: 1 },
  },
  notification: {
    about:
      'One notification on its way to one target: `notification` is the id of the event that it tells of, and its kind.',
    input: {
      ...{ notification: '<id>', kind: 'failover', channel: '<channel>', target: '<target>', about: 'method' },
      ...{ triedBefore: 0, waitedBeforeMs: 0, retryMs: 1, retryMsMax: 1, giveUpMs: 1, sendMs: 1, refusal: null },
    },
  },
  command: {
    about:
      'One command at one gateway. `correlationid` is the id of the command, which is itself an event of this lane: ' +
      '`sekisho.command.restart.v1`, `sekisho.command.deploy-component.v1`, `sekisho.command.rollback-component.v1` or ' +
      '`sekisho.command.forget-answers.v1`, subject `command/<id>`, with `data` as in ' +
      '[operations](operations.md#commands).',
    input: {
      ...{ command: '<id>', gateway: '<gateway>', order: { kind: 'restart' }, problem: null, givenBy: '' },
      ...{ givenMs: 0, receivedMs: 0, validMs: 1, interrupted: false },
    },
  },
  supervisor: { about: 'The root of the long-lived actors.', input: {} },
};

/** Everything known of one event type. */
export interface EventEntry {
  /** `sekisho.server.failing.v1`. */
  type: string;
  /** What `data.state` may be. */
  states: Set<string>;
  /** State and cause, in people's words. */
  causes: Set<string>;
  /** What `data.trigger.type` may be. */
  triggers: Set<string>;
  severities: Set<string>;
  /** What `data` has besides what every event has, and whether it always has it. */
  facts: Map<string, boolean>;
}

/** All events of one machine. */
export interface MachineEntry {
  /** Of its file and its pictures. */
  name: string;
  id: string;
  about: string;
  lane: Lane;
  /** With names for what varies. */
  subject: string;
  /** What `data.input` of the first event holds. */
  input: readonly string[];
  events: readonly EventEntry[];
}

/** State name as in the log, e.g. `CachedInvalid.Unasked`: where entering this state leads. */
function entered(states: ReadonlyMap<string, ChartState>, id: string): ChartState {
  const state = states.get(id) as ChartState;
  return state.initial === undefined ? state : entered(states, state.initial);
}

/** `QUERY_FAILED` of `server.Failing:QUERY_FAILED:0`. */
function rawEvent({ id, source }: ChartTransition): string {
  return id.slice(source.length + 1).replace(/:\d+$/, '');
}

function entries(name: string, machine: AnyStateMachine, contexts: readonly object[]): EventEntry[] {
  const chart = walk(name, machine);
  const inOrder = allStates(chart.root);
  const states = new Map(inOrder.map((state) => [state.id, state]));
  const logName = (state: ChartState) => state.id.slice(machine.id.length + 1);
  const leaves = (id: string) =>
    allStates(states.get(id) as ChartState).filter((state) => state.states.length === 0 && !state.final);
  const rule = streamRules[machine.id] as (typeof streamRules)[string];
  const found = new Map<string, EventEntry>();
  for (const transition of [...chart.transitions, ...inOrder.flatMap(({ inner }) => inner)]) {
    const { source, target, event, guard } = transition;
    const raw = rawEvent(transition);
    for (const from of leaves(source)) {
      const state = logName(target === undefined ? from : entered(states, target));
      const type = eventType(machine.id, state, raw, target !== undefined);
      const entry = found.get(type) ?? emptyEntry(type);
      found.set(type, entry);
      entry.states.add(state);
      const cause = [event, guard === undefined ? '' : `[${guard}]`].filter(Boolean).join(' ') || 'at once';
      entry.causes.add(`${logName(states.get(source) as ChartState) || 'any state'}: ${cause}`);
      if (raw !== 'always') entry.triggers.add(raw);
      for (const context of contexts) {
        noteFacts(entry, JSON.parse(JSON.stringify(rule.facts(context, state))));
        entry.severities.add(rule.severity(context, state, logName(from), raw));
      }
    }
  }
  return [...found.values()];
}

function emptyEntry(type: string): EventEntry {
  const sets = { states: new Set<string>(), causes: new Set<string>(), triggers: new Set<string>() };
  return { type, ...sets, severities: new Set(), facts: new Map() };
}

function noteFacts({ facts, severities }: EventEntry, told: object): void {
  const isFirst = severities.size === 0;
  for (const fact of [...facts.keys()]) if (!Object.hasOwn(told, fact)) facts.set(fact, false);
  for (const fact of Object.keys(told)) if (!facts.has(fact)) facts.set(fact, isFirst);
}

/** Every machine with its events, in the order of their files. */
export function catalogue(): MachineEntry[] {
  return Object.entries(machines).map(([name, machine]) => {
    const rule = streamRules[machine.id];
    const sample = samples[machine.id];
    if (!rule || !sample) throw new Error(`machine ${machine.id} needs a stream rule and a sample`);
    const [{ context }] = initialTransition(machine, sample.input as never) as unknown as [AnyMachineSnapshot];
    const contexts = (sample.contexts ?? [{}]).map((more) => ({ ...context, ...more }));
    return {
      ...{ name, id: machine.id, about: sample.about, lane: rule.lane },
      subject: rule.subject(context),
      input: [...new Set(contexts.flatMap((each) => Object.keys(rule.input(each))))],
      events: entries(name, machine, contexts),
    };
  });
}

/** Every event type, without `sekisho.` and the version. */
export function eventNames(): string[] {
  return catalogue().flatMap(({ events }) => events.map(({ type }) => shortName(type)));
}

/** `server.failing` of `sekisho.server.failing.v1`. */
export function shortName(type: string): string {
  return type.replace(/^sekisho\./, '').replace(/\.v\d+$/, '');
}

/** What it means to a reader of the log, in a sentence. */
export function meaningOf(type: string): string {
  const meaning = eventMeanings[shortName(type)];
  if (meaning === undefined) throw new Error(`scripts/event-meanings.ts does not say what ${shortName(type)} means`);
  return meaning;
}
