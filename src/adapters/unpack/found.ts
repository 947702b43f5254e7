import type { MessagePart, Place, Unscannable, UnscannableReason } from '../../actors/ports/scanning.ts';
import type { AmbiguityFact, AmbiguityReason } from '../../events/scan.ts';

/** A file found in a message, with its contents: `ReadFile` before it is hashed. */
export interface FoundFile {
  path: readonly string[];
  place: Place;
  part?: number;
  /** Every file name that a program may read, where there is more than the last of `path`. */
  names?: readonly string[];
  /** Media type that the header of its MIME part says; absent where it has none, as within an archive. */
  declared?: string;
  /** Every plausible content, the one to name first; they may share memory with each other and the message. */
  readings: readonly Uint8Array[];
}

/** Says when to stop: an `AbortSignal`, or a clock. */
export type StopSign = Pick<AbortSignal, 'aborted'>;

/** Is handed each file when it was found; unpacking goes on when the promise resolves, and contents that are not kept are freed. */
export type TakeFile = (file: FoundFile) => Promise<void> | void;

/** What is known of a message besides its files. */
export interface Unpacked {
  unscannable: readonly Unscannable[];
  /** Where programs read the message differently. */
  ambiguous: readonly AmbiguityFact[];
  parts: readonly MessagePart[];
  /** Decoded Subject; at most 200 characters. */
  subject?: string;
}

/** Content that was found and still waits to be counted, listed and opened. */
export interface Found {
  /** Names from the outside in. */
  path: readonly string[];
  place: Place;
  /** Index of the removable MIME part. */
  part: number | undefined;
  /** Levels of multiparts, messages and archives around it. */
  depth: number;
  /** As it stands in the message or came out of an archive. */
  content: Buffer;
  /** Transfer encodings to undo, when it is the body of a MIME part; undefined when an archive held exactly these bytes. */
  encodings: readonly string[] | undefined;
  mail: MailState;
  /** File names besides the last of `path`. */
  names?: readonly string[];
  declared?: string | undefined;
  /** Where most programs see no file: one that is found here is hidden from them. */
  suspect?: AmbiguityReason | undefined;
}

/** Whether content is a message: read as one in place, declared to be one, or to be judged by how it begins; or but a header. */
export type MailState = 'walked' | 'declared' | 'unknown' | 'header';

/** What a container holds: content, or why there is none, or both when what could be read is known to be wrong. */
export interface Entry {
  /** As the container gives it; '' where it gives none. */
  name: string;
  content?: Buffer;
  problem?: UnscannableReason;
  /** It was not in a container but encoded in text: as base64 throughout, as a stretch, or as mail programs do it (uuencode, yEnc, BinHex). */
  encoded?: 'whole' | 'block' | 'mail';
}

/** How much one file may unpack to, and what it is called when there is more. */
export interface Room {
  bytesMax: number;
  reason: UnscannableReason;
}
