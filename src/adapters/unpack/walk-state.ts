import type { ContentHeaders } from './content-headers.ts';
import type { HeaderBlock } from './header-block.ts';

/** Where the message stands that is walked. */
export interface WalkRoot {
  /** Offset of its header. */
  start: number;
  path: readonly string[];
  depth: number;
}

/** What is believed where a message can be read in several ways. */
export interface View {
  /** Of boundaries that contradict each other. */
  boundaries: 'all' | 'first' | 'last';
  /** A CR without LF ends a line. */
  loneCr: boolean;
}

/** The reading that finds most: every boundary, every line end. */
export const widestView: View = { boundaries: 'all', loneCr: true };

/** A multipart, or a message/rfc822 whose inside is walked in place: then it has no boundaries. */
export interface Level {
  boundaries: readonly string[];
  path: readonly string[];
  part: number;
  digest: boolean;
  /** It or a level around it is multipart/signed or multipart/encrypted. */
  signed: boolean;
  /** Where the body of the part starts that is a message; undefined for a multipart. */
  message: number | undefined;
  multipart?: OpenMultipart;
}

/** Of a multipart: its header, where its body starts, and what was seen of it. */
export interface OpenMultipart {
  headers: ContentHeaders;
  body: number;
  /** A delimiter of it was met; the closing one. */
  matched: boolean;
  closed: boolean;
  /** Its boundary is said nowhere. */
  guessed: boolean;
}

/** What is being read until the next delimiter. */
export type Current =
  | { kind: 'leaf'; block: HeaderBlock; part: number; headers: ContentHeaders; path: readonly string[] }
  | { kind: 'between'; body: number; name: 'preamble' | 'epilogue' };
