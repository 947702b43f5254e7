import type { Envelope } from './envelope.ts';
import { upcast } from './upcast.ts';

const severities: readonly unknown[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];
const texts = ['id', 'source', 'type', 'time', 'subject'] as const;

/** The text is no event that this program knows; the message says what is wrong with it. */
export class UnreadableEvent extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'UnreadableEvent';
  }
}

/**
 * Reads one event of the log, in the form of the newest version of its type.
 * @throws {UnreadableEvent} when it is no JSON, or no envelope; what `upcast` throws for a type that it does not know.
 */
export function parseEvent(text: string): Envelope {
  return upcast(envelope(json(text)));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UnreadableEvent(`no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function envelope(value: unknown): Envelope {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableEvent('no JSON object');
  const event = value as Record<string, unknown>;
  if (event.specversion !== '1.0') throw new UnreadableEvent('no CloudEvents 1.0');
  for (const name of texts) {
    if (typeof event[name] !== 'string' || event[name] === '')
      throw new UnreadableEvent(`no envelope: ${name} is no text`);
  }
  if (Number.isNaN(Date.parse(event.time as string))) throw new UnreadableEvent('no envelope: time is no time');
  if (!Number.isSafeInteger(event.streamversion)) throw new UnreadableEvent('no envelope: streamversion is no integer');
  if (!severities.includes(event.severitytext)) throw new UnreadableEvent('no envelope: severitytext is unknown');
  if (typeof event.data !== 'object' || event.data === null)
    throw new UnreadableEvent('no envelope: data is no object');
  return event as unknown as Envelope;
}
