import type { Envelope } from '../../events/envelope.ts';
import type { Eraser } from '../../events/personal.ts';
import { kebab } from '../../machines/recording/names.ts';
import type { Change, Row } from '../projection.ts';
import type { LogEntry } from './entry.ts';

/**
 * Takes personal data out of an entry: what it says is made anew of its event without them.
 * @param say what an event becomes
 */
export function eraseEntry(row: Row, eraser: Eraser, say: (event: Envelope) => readonly Change[]): readonly Change[] {
  const event = eventOf(row as unknown as LogEntry);
  const without = eraser.event(event);
  return without === event ? [] : say(without);
}

/** The event that an entry was made of, as far as its sentence needs it: of transitions, whose type is named after their state. */
function eventOf({ id, time, subject, source, correlationid, level, data }: LogEntry): Envelope {
  const [machine = ''] = subject.split('/');
  const type = `sekisho.${machine}.${kebab(String(data.state))}.v1`;
  return {
    ...{ specversion: '1.0', id, time, subject, source, type },
    ...{ datacontenttype: 'application/json', dataschema: `urn:sekisho:schema:${type}` },
    ...(correlationid !== undefined && { correlationid }),
    streamversion: 1,
    severitytext: level === 'error' ? 'ERROR' : level === 'warning' ? 'WARN' : 'INFO',
    data,
  };
}
