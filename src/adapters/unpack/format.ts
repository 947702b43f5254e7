import type { Entry, Room } from './found.ts';

/** What a reader of containers may use. */
export interface Access {
  /** How much content may come out of so many packed bytes. */
  room(packedBytes: number): Room;
  /** How much content may come out of the whole message from now on. */
  bytesLeft(): number;
  entriesMax: number;
}

/** A kind of container: recognised by what it is, never by a name. */
export interface Format {
  /** For people, e.g. `zip`. */
  name: string;
  /** Quick, since it is asked of every content; when in doubt no. */
  recognises(bytes: Buffer): boolean;
  /** Never throws for damage; what could be read before it is given, too. */
  read(bytes: Buffer, access: Access): Iterable<Entry> | AsyncIterable<Entry>;
}
