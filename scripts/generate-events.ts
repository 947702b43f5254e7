/** Writes docs/events.md from the machines: `npm run events`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { TObject } from 'typebox';
import { auditEvents } from '../src/events/schemas/audit.ts';
import { catalogue, type MachineEntry, meaningOf, shortName } from './event-catalogue.ts';

const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;
const list = (texts: Iterable<string>) => [...texts].map(code).join(', ') || 'none';

function section({ name, id, about, lane, subject, input, events }: MachineEntry): string {
  const table = events.map(({ type, causes, severities, facts }) => {
    const severity = [...severities].join(' or ');
    return `| ${code(shortName(type))} | ${meaningOf(type)} | ${[...causes].map(code).join('<br>')} | ${severity} | ${list(facts.keys())} |\n`;
  });
  return [
    `## ${id}: ${name}\n`,
    `${about} Lane ${code(lane)}, subject ${code(subject)}, first event with ${code('input')}: ${list(input)}.`,
    `[Statechart](statecharts/${name}.svg).\n`,
    '| type | means | state: cause | severity | data |\n|---|---|---|---|---|',
    table.join(''),
  ].join('\n');
}

const intro = `# Events

Made from \`src/machines\` by \`npm run generate\`. Do not edit; the sentences are in \`scripts/event-meanings.ts\`.

Every transition of every statechart is one event in the journal, and so is what administrators do ([audit](#audit)).
\`sekisho events\` shows them, \`--format json\` as they are stored: CloudEvents 1.0, one JSON object each.

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
stream \`input\` (what the actor was started with). Events of a scan have \`elapsedMs\` (since its final dot) and \`fromMs\` (how long it
was in \`from\`), by a clock that nobody sets. The column *data* is what comes on top. File contents, passwords and keys
are never in it. Names that came with a mail are stored as they came and escaped where they are shown.

**Severity.** ERROR is what an administrator must see: a server cached as invalid, the failover, a stale component, a service
that cannot start. WARN is what is not as it should be: a failing server, a deferred message, a verdict other than clean. DEBUG is
the normal course of a message. Where a table says "or", the verdict (clean: DEBUG) or the state decides.

The sequence in the journal has no gaps; it is not part of the event.
`;

/** What is no transition: the events of the audit trail. */
function auditSection(): string {
  const rows = Object.entries(auditEvents).map(
    ([name, { about, subject, data }]) =>
      `| ${code(name)} | ${about} | ${code(subject)} | ${list(Object.keys((data as TObject).properties))} |\n`,
  );
  return [
    '## audit\n',
    'What administrators do, and which settings are in force. These are no transitions: `data` has only what stands here. Lane',
    '`system`. Severity INFO, or WARN for an act that failed. `sekisho logs query --type audit` tells them in sentences.\n',
    '| type | means | subject | data |\n|---|---|---|---|',
    rows.join(''),
  ].join('\n');
}

/** docs/events.md. */
export function eventReference(): string {
  return [intro, ...catalogue().map(section), auditSection()].join('\n');
}

if (import.meta.main) {
  await writeFile(fileURLToPath(new URL('../docs/events.md', import.meta.url)), eventReference());
}
