import type { MessagePart, Place, Unscannable } from '../../actors/ports/scanning.ts';
import type { AmbiguityFact, AmbiguityReason } from '../../events/scan.ts';
import { type ContentHeaders, isNestedMessage } from './content-headers.ts';
import type { MailState } from './found.ts';
import { isIdentity } from './transfer-encoding.ts';

/** A stretch of the message that holds a file: a part without parts of its own, a nested message, text between parts. */
export interface Leaf {
  /** The bytes that it is a stretch of. */
  of: Buffer;
  start: number;
  end: number;
  path: readonly string[];
  /** Every name that a program may read for it. */
  names: readonly string[];
  place: Place;
  /** Index into `parts`; undefined for text between parts. */
  part: number | undefined;
  /** Multiparts and messages around it. */
  depth: number;
  encodings: readonly string[];
  /** Media type that its header says, or that goes without saying; absent for text between parts. */
  declared?: string | undefined;
  mail: MailState;
  /** Where most programs see no file: a file that is found here is hidden from them. */
  suspect: AmbiguityReason | undefined;
}

/** The MIME structure of a message, by one reading of it. */
export interface MimeTree {
  leaves: readonly Leaf[];
  parts: readonly MessagePart[];
  unscannable: readonly Unscannable[];
  /** Where others read it differently. */
  ambiguous: readonly AmbiguityFact[];
  subject: string | undefined;
  /** Some header or delimiter line ends in a CR without LF. */
  loneCr: boolean;
}

export function placeOf(headers: ContentHeaders): Place {
  if (headers.attachment || headers.name !== undefined || isNestedMessage(headers.mediaType)) return 'attachment';
  return /^(?:text|multipart|message)\//.test(headers.mediaType) ? 'inline' : 'attachment';
}

export function mailStateOf(headers: ContentHeaders): MailState {
  return isNestedMessage(headers.mediaType) || headers.name?.toLowerCase().endsWith('.eml') ? 'declared' : 'unknown';
}

/** Whether a program that sees this header shows a file, or decodes something. */
export function isFileLike(headers: ContentHeaders): boolean {
  return placeOf(headers) === 'attachment' || !isIdentity(headers.encodings);
}

/** Nothing but white space. */
export function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte !== 32 && (byte < 9 || byte > 13)) return false;
  }
  return true;
}
