/** What the keeper of the quarantine needs from outside. */
import type { Quarantine } from './mail.ts';

/** There is no room in the quarantine, or in the archive, for this message; nothing of it was kept. */
export class QuarantineFull extends Error {
  /** Bytes that it would have taken. */
  readonly size: number;
  readonly place: 'quarantine' | 'archive';
  constructor(size: number, place: QuarantineFull['place'] = 'quarantine') {
    super(`the ${place} is full: no room for ${size} bytes`);
    this.name = 'QuarantineFull';
    this.size = size;
    this.place = place;
  }
}

/** A quarantine of limited size. `store` throws `QuarantineFull`. Methods throw as the file system does. */
export interface QuarantineRoom extends Quarantine {
  /** What is there now, on disk, by whomever it was put there or deleted. */
  measure(): Promise<{ messages: number; bytes: number }>;
  /** Deletes messages of days that were over at this time (milliseconds since 1970), the oldest first, at most so many. @returns their ids */
  expireBefore(timeMs: number, messagesMax: number): Promise<string[]>;
  /** Deletes the oldest messages until so many bytes are left, at most so many messages. @returns their ids */
  expireDownTo(bytes: number, messagesMax: number): Promise<string[]>;
}
