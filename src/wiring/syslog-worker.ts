/** The thread that makes lines of the log and sends them to a syslog server. */
import { workerData } from 'node:worker_threads';
import type { JournalText } from '../actors/ports/relay.ts';
import { eventTypeOf } from '../adapters/journal/event-type.ts';
import type { Settings } from '../adapters/settings/settings.ts';
import { createPositionSaver, readPosition } from '../adapters/syslog/position-file.ts';
import { createSyslogPublisher, type SyslogBatch } from '../adapters/syslog/publisher.ts';
import { type SyslogSender, severities, syslogMessage } from '../adapters/syslog/rfc5424.ts';
import type { SyslogTarget } from '../adapters/syslog/transport.ts';
import type { Envelope } from '../events/envelope.ts';
import { parseEvent } from '../events/parse-event.ts';
import { type LinesState, type LogLine, linesOf, mayMakeLine, noLinesYet } from '../projections/syslog/lines.ts';
import type { RelayWorkerOptions } from './relay-protocol.ts';
import { runRelay, tellProgram } from './run-relay.ts';

/** Besides what every relay is started with. */
export interface SyslogWorkerOptions {
  positionFile: string;
  syslog: Settings['syslog'] & { target: SyslogTarget };
  /** HOSTNAME of the lines. */
  host: string;
}

const { positionFile, syslog, host, ...options } = workerData as RelayWorkerOptions & SyslogWorkerOptions;
const { target, ca_file, facility, level, language, app_name, message_bytes_max } = syslog;
const sender: SyslogSender = {
  ...{ facility, host, app: app_name, process: process.pid, bytesMax: message_bytes_max },
};

const saved = await readPosition(positionFile);
let state = stateOf(saved?.state);
const saver = createPositionSaver(positionFile, (error) => tellProgram(`the position cannot be kept: ${error}`));

await runRelay(
  // What was not settled is sent again.
  { ...options, position: saved?.sequence ?? options.position },
  {
    to: 'syslog',
    publisher: createSyslogPublisher({
      target,
      ...(ca_file !== undefined && { caFile: ca_file }),
      steadyMs: () => performance.now(),
      batchOf,
    }),
    beforeEnd: () => saver.flush(),
  },
);

function batchOf(texts: readonly JournalText[]): SyslogBatch {
  const next = linesOf(state, texts.flatMap(readEvent));
  const wanted = next.lines.filter((line) => severities[line.level] <= severities[level]);
  return {
    messages: wanted.map(messageOf),
    sent() {
      state = next.state;
    },
    settled() {
      const { open, rows } = next.state;
      const sequence = texts.at(-1)?.sequence;
      if (sequence !== undefined) saver.note(() => ({ sequence, state: { open: [...open], rows: [...rows] } }));
    },
  };
}

/** What cannot be read is parked by the projections, which say so. */
function readEvent({ text }: JournalText): Envelope[] {
  const type = eventTypeOf(text);
  if (type !== undefined && !mayMakeLine(type)) return [];
  try {
    return [parseEvent(text)];
  } catch {
    return [];
  }
}

function messageOf({ id, time, level: of, kind, facts, message }: LogLine): Buffer {
  return syslogMessage(sender, { level: of, time, id: kind, data: [['event', id], ...facts], text: message[language] });
}

function stateOf(kept: unknown): LinesState {
  const { open = [], rows = [] } = (kept ?? {}) as { open?: [string, never][]; rows?: [string, never][] };
  return kept === undefined ? noLinesYet : { open: new Map(open), rows: new Map(rows) };
}
