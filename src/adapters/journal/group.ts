import type { Envelope, Lane } from '../../events/envelope.ts';
import type { Chunk, Mark } from './protocol.ts';
import { Waiters } from './waiters.ts';

/** Size (UTF-16 units) from which a row is closed: bounds what a reader must hold. One larger event is a row alone. */
const ROW_LENGTH_MAX = 512 * 1024;

/** The events that one commit writes, and those who wait for it. */
export class Group {
  readonly chunks: Chunk[] = [];
  readonly marks: Mark[] = [];
  readonly waiters = new Waiters();
  count = 0;
  /** UTF-16 units of JSON: what this costs in memory, near enough. */
  length = 0;
  /** Events that should be here and are not: nobody may be told that this group is all durable. */
  lostCount = 0;

  add(lane: Lane, event: Envelope, json: string): void {
    let chunk = this.chunks.at(-1);
    if (chunk === undefined || chunk.body.length >= ROW_LENGTH_MAX) {
      chunk = { offset: this.count, count: 0, time: '', body: '' };
      this.chunks.push(chunk);
    }
    chunk.body = chunk.count === 0 ? json : `${chunk.body}\n${json}`;
    chunk.count += 1;
    // RFC 3339 in UTC with milliseconds sorts as text.
    if (event.time > chunk.time) chunk.time = event.time;
    if (lane !== 'scans') this.marks.push({ lane, subject: event.subject, offset: this.count });
    this.count += 1;
    this.length += json.length;
  }
}
