import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope } from '../../src/events/envelope.ts';
import type { Delivered, Delivery, EventSource, Subscription } from '../../src/projections/ports/event-source.ts';
import type { ViewReader } from '../../src/projections/ports/view-store.ts';
import type { Projection, Row } from '../../src/projections/projection.ts';
import { testEvent } from './journal-conformance.ts';

/** What each aggregate did, in order: wrong order, a loss or a doubled event can be seen in it. */
export const histories: Projection = {
  name: 'histories',
  about: 'What each aggregate did.',
  version: 1,
  lanes: ['servers', 'system'],
  tables: { histories: { columns: { last: 'text', count: 'integer', at: 'time' } } },
  fold(event, rows) {
    if (event.type === 'sekisho.service.poison.v1') throw new Error(`cannot fold ${event.id}`);
    const known = rows.get('histories', event.subject);
    const steps = [...((known?.steps as number[] | undefined) ?? []), event.streamversion];
    const row: Row = { subject: event.subject, steps, last: event.type, count: steps.length, at: event.time };
    return [{ table: 'histories', key: event.subject, row }];
  },
};

/** An event text with an id of our form. */
export function eventText(prefix: string, counter: number, fields: Partial<Envelope> = {}): string {
  const id = `${prefix}.${counter.toString(36)}`;
  const time = new Date(1_700_000_000_000 + counter).toISOString();
  const type = 'sekisho.service.running.v1';
  return JSON.stringify({ ...testEvent(counter, { time, type }), data: { counter }, id, ...fields });
}

/** The prefix of process `number`. */
export function processPrefix(number: number): string {
  return `${number.toString(16).padStart(8, '0')}-abcd`;
}

/** All rows of `histories`, by aggregate. */
export function historiesIn(view: ViewReader): Record<string, unknown> {
  return Object.fromEntries([...view.query('histories')].map((row) => [String(row.subject), row.steps]));
}

/** A folder for views that goes away with the test. */
export async function viewsFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sekisho-views-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A log in memory with one stream, as a source. */
export class MemorySource implements EventSource {
  readonly name = 'journal';
  readonly stream = 'journal';
  readonly texts: string[] = [];
  readonly confirmed = new Map<string, number>();
  /** Thrown at the next reading, or in the middle of it. */
  trouble: Error | undefined;
  /** Events for each delivery. */
  size = 3;
  #wake = Promise.withResolvers<void>();

  append(...texts: readonly string[]): void {
    this.texts.push(...texts);
    this.wake();
  }

  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  async read(
    { positions, untilCaughtUp, signal }: Subscription,
    handle: (delivery: Delivery) => Promise<void>,
  ): Promise<void> {
    signal.addEventListener('abort', () => this.wake());
    let after = positions().get(this.stream) ?? 0;
    const end = this.texts.length;
    while (!signal.aborted && !(untilCaughtUp && after >= end)) {
      const { trouble } = this;
      this.trouble = undefined;
      if (trouble) throw trouble;
      if (after >= this.texts.length) {
        await this.#wake.promise;
        continue;
      }
      const events: Delivered[] = this.texts
        .slice(after, after + this.size)
        .map((text, index) => ({ offset: after + index + 1, text }));
      after += events.length;
      await handle({ stream: this.stream, events, upTo: after, head: this.texts.length });
    }
  }

  async heads(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.texts.length === 0 ? [] : [[this.stream, this.texts.length]]);
  }

  async confirm(reader: string, _stream: string, offset: number): Promise<void> {
    this.confirmed.set(reader, offset);
  }

  async close(): Promise<void> {}
}
