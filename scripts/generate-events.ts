/** Writes docs/events.md from the machines: `npm run events`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition } from 'xstate';
import { eventType, streamRules } from '../src/machines/recording.ts';
import { allStates, type ChartState, type ChartTransition } from '../src/statecharts/chart.ts';
import { machines } from '../src/statecharts/machines.ts';
import { walk } from '../src/statecharts/walk.ts';
import { eventMeanings } from './event-meanings.ts';

/** What each machine is about, and an input and further contexts that make it say all it can say. */
const samples: Readonly<Record<string, { about: string; input: object; contexts?: readonly object[] }>> = {
  server: {
    about: 'One Smart Protection Server in one epoch.',
    input: {
      server: '<host>:<port>',
      epoch: 1,
      threshold: 10,
      cacheMs: 300_000,
      connectMs: 1500,
      failOver: true,
      wasFailedOver: false,
    },
  },
  method: {
    about: 'The search method of one epoch: conventional exactly when every server is failed over (D16).',
    input: { epoch: 1, setting: 'smart', servers: ['<host>:<port>'], failedOver: [], wasConventional: false },
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
      messageMs: 90_000,
      rule: {},
    },
    contexts: [{ verdict: { verdict: 'clean' } }, { verdict: { verdict: 'malware' } }],
  },
  session: { about: 'One SMTP connection.', input: { session: '<session>', client: '' } },
  service: { about: 'The scan service: start, restart, end.', input: { lastEpoch: 0, drainMs: 8000 } },
  updater: {
    about: 'One local component: the agent pattern, the conventional pattern, or the query filter.',
    input: { component: '<component>', intervalMs: 1, retryMs: 1, checkMs: 1, staleMs: 1 },
  },
  relay: { about: 'The way of the journal to Kafka.', input: { position: 0, crash: null } },
  projection: {
    about: 'One projection that a program keeps up to date.',
    input: { projection: '<name>', retryMs: 1, retryMsMax: 1 },
  },
  command: {
    about:
      'One command at one gateway. `correlationid` is the id of the command, which is itself an event of this lane: ' +
      '`sekisho.command.restart.v1` or `sekisho.command.deploy-component.v1`, subject `command/<id>`, with `data` as in ' +
      '[operations](operations.md#commands).',
    input: {
      ...{ command: '<id>', gateway: '<gateway>', order: { kind: 'restart' }, problem: null, givenBy: '' },
      ...{ givenMs: 0, receivedMs: 0, validMs: 1, interrupted: false },
    },
  },
  supervisor: { about: 'The root of the long-lived actors.', input: {} },
};

/** Everything known of one event type of one machine. */
interface EventRow {
  causes: Set<string>;
  severities: Set<string>;
  facts: Set<string>;
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

function rows(name: string, machine: AnyStateMachine): Map<string, EventRow> {
  const chart = walk(name, machine);
  const inOrder = allStates(chart.root);
  const states = new Map(inOrder.map((state) => [state.id, state]));
  const logName = (state: ChartState) => state.id.slice(machine.id.length + 1);
  const leaves = (id: string) =>
    allStates(states.get(id) as ChartState).filter((state) => state.states.length === 0 && !state.final);
  const rule = streamRules[machine.id];
  const sample = samples[machine.id];
  if (!rule || !sample) throw new Error(`machine ${machine.id} needs a stream rule and a sample`);
  const [snapshot] = initialTransition(machine, sample.input as never) as unknown as [AnyMachineSnapshot];
  const contexts = (sample.contexts ?? [{}]).map((more) => ({ ...snapshot.context, ...more }));
  const found = new Map<string, EventRow>();
  for (const transition of [...chart.transitions, ...inOrder.flatMap(({ inner }) => inner)]) {
    const { source, target, event, guard } = transition;
    for (const from of leaves(source)) {
      const state = logName(target === undefined ? from : entered(states, target));
      const type = eventType(machine.id, state, rawEvent(transition), target !== undefined);
      const row = found.get(type) ?? { causes: new Set(), severities: new Set(), facts: new Set() };
      found.set(type, row);
      const cause = [event, guard === undefined ? '' : `[${guard}]`].filter(Boolean).join(' ') || 'at once';
      row.causes.add(`${logName(states.get(source) as ChartState) || 'any state'}: ${cause}`);
      for (const context of contexts) {
        row.severities.add(rule.severity(context, state, logName(from), rawEvent(transition)));
        for (const fact of Object.keys(rule.facts(context, state))) row.facts.add(fact);
      }
    }
  }
  return found;
}

/** Every event type, without `sekisho.` and `.v1`, which all have. */
export function eventNames(): string[] {
  return Object.entries(machines).flatMap(([name, machine]) => [...rows(name, machine).keys()].map(shortName));
}

const shortName = (type: string) => type.replace(/^sekisho\./, '').replace(/\.v1$/, '');
const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;
const list = (texts: Iterable<string>) => [...texts].map(code).join(', ') || 'none';

function section([name, machine]: [string, AnyStateMachine]): string {
  const { about, input } = samples[machine.id] as (typeof samples)[string];
  const rule = streamRules[machine.id] as (typeof streamRules)[string];
  const { context } = (initialTransition(machine, input as never) as unknown as [AnyMachineSnapshot])[0];
  const table = [...rows(name, machine)].map(([type, { causes, severities, facts }]) => {
    const meaning = eventMeanings[shortName(type)];
    if (meaning === undefined) throw new Error(`scripts/event-meanings.ts does not say what ${shortName(type)} means`);
    const severity = [...severities].join(' or ');
    return `| ${code(shortName(type))} | ${meaning} | ${[...causes].map(code).join('<br>')} | ${severity} | ${list(facts)} |\n`;
  });
  return [
    `## ${machine.id}: ${name}\n`,
    `${about} Lane ${code(rule.lane)}, subject ${code(rule.subject(context))}, first event with ${code('input')}: ${list(Object.keys(rule.input(context)))}.`,
    `[Statechart](statecharts/${name}.svg).\n`,
    '| type | means | state: cause | severity | data |\n|---|---|---|---|---|',
    table.join(''),
  ].join('\n');
}

const intro = `# Events

Made from \`src/machines\` by \`npm run generate\`. Do not edit; the sentences are in \`scripts/event-meanings.ts\`.

Every transition of every statechart is one event in the journal. \`sekisho events\` shows them, \`--format json\` as they are
stored: CloudEvents 1.0, one JSON object each.

| attribute | holds |
|---|---|
| \`id\` | unique for ever |
| \`source\` | \`/sekisho/gateway/<host name>\` |
| \`type\` | \`sekisho.<name>.v1\`, the name as in the tables below. A released type never changes; it gets a new version |
| \`time\` | UTC, with milliseconds |
| \`subject\` | the aggregate: what the event is about |
| \`streamversion\` | 1, 2, 3 ... within the life of one actor |
| \`severitytext\` | DEBUG, INFO, WARN or ERROR |
| \`correlationid\` | the GUID of the scan that it belongs to, if any |
| \`causationid\` | the \`id\` of the event that caused it, if it is known |
| \`data\` | see below |

\`data\` of every event: \`from\` and \`state\` (states before and after), \`transition\` (its id, as in \`data-transition\` of the
statechart's picture), \`trigger\` (what caused it; absent where it followed from the event before), and with the first event of a
stream \`input\` (what the actor was started with). The column *data* is what comes on top. File contents, passwords and keys
are never in it. Names that came with a mail are stored as they came and escaped where they are shown.

**Severity.** ERROR is what an administrator must see: a server cached as invalid, the failover, a stale component, a service
that cannot start. WARN is what is not as it should be: a failing server, a deferred message, a verdict other than clean. DEBUG is
the normal course of a message. Where a table says "or", the verdict (clean: DEBUG) or the state decides.

The sequence in the journal has no gaps; it is not part of the event.
`;

/** docs/events.md. */
export function eventReference(): string {
  return [intro, ...Object.entries(machines).map(section)].join('\n');
}

if (import.meta.main) {
  await writeFile(fileURLToPath(new URL('../docs/events.md', import.meta.url)), eventReference());
}
