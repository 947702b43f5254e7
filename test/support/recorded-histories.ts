import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Envelope } from '../../src/events/envelope.ts';
import { parseEvent } from '../../src/events/parse-event.ts';
import type { TransitionData } from '../../src/machines/replay.ts';

/** What a real gateway of a version had in its journal, in order. `npm run histories` made it. */
export interface History {
  /** `0.1.0/outage`. */
  name: string;
  /** One event each, as it was stored. */
  texts: readonly string[];
}

const folder = fileURLToPath(new URL('../fixtures/histories', import.meta.url));

/** Of all versions. */
export function recordedHistories(): History[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.jsonl'));
  return files.sort().map((path) => ({
    name: path.replace(/\.jsonl$/, ''),
    texts: readFileSync(`${folder}/${path}`, 'utf8').trimEnd().split('\n'),
  }));
}

/** In the form of today. */
export function eventsOfToday({ texts }: History): Envelope<TransitionData>[] {
  return texts.map((text) => parseEvent(text) as Envelope<TransitionData>);
}

/** Ids of one process begin alike; while two epochs overlap, servers and search method have an actor in each. */
function streamOf({ id, subject, data }: Envelope): string {
  const isOfEpoch = subject.startsWith('server/') || subject === 'method';
  return `${id.split('.')[0]} ${subject}${isOfEpoch ? ` epoch ${data.epoch}` : ''}`;
}

/** The events of each actor's life, from its first on; the audit trail has none. */
export function livesIn(events: readonly Envelope<TransitionData>[]): Envelope<TransitionData>[][] {
  const lives: Envelope<TransitionData>[][] = [];
  const current = new Map<string, Envelope<TransitionData>[]>();
  for (const event of events) {
    if (event.data.transition === undefined) continue;
    let life = current.get(streamOf(event));
    if (life === undefined || event.streamversion === 1) {
      life = [];
      lives.push(life);
      current.set(streamOf(event), life);
    }
    life.push(event);
    if (event.streamversion !== life.length) throw new Error(`${event.id} is not number ${life.length} of its stream`);
  }
  return lives;
}
