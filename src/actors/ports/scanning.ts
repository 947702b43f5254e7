/** What a scan needs from outside: the files of a message, local patterns, the query filter. */

import type { FileType } from '../../events/file-types.ts';
import type { AmbiguityFact } from '../../events/scan.ts';

/** Where in the message a file stands; decides what the virus rule can do about it. */
export type Place = 'attachment' | 'inline' | 'message';

/** Digests that some signatures ask for besides SHA-256. */
export type WeakDigest = 'md5' | 'sha1';

/** Sizes of files, as a bitmap of their hashes: it may say yes to one that is not in it, and never no to one that is. */
export interface SizeSet {
  /** A power of two of them; in shared memory. */
  bits: Uint8Array;
  /** Every size is in it. */
  any: boolean;
}

/** A digest that signatures ask for, of files of these sizes. */
export interface DigestWish {
  algorithm: WeakDigest;
  sizes: SizeSet;
}

/** What is known of one plausible content of a file; the content itself stays where it was read. Digests in lower-case hexadecimal. */
export interface Reading {
  /** Bytes. */
  size: number;
  sha256: string;
  /** Where `ReadRequest.digests` asked for it. */
  md5?: string;
  sha1?: string;
}

/** What an engine found in a content of a file. */
export interface ContentMatch {
  /** Name of the malware. */
  name: string;
  /** Of the reading that it was found in. */
  sha256: string;
  /** `ContentPattern.engine`. */
  engine: string;
}

/** A file found in a message, at any depth: facts, no content. */
export interface ReadFile {
  /** Names from the outside in, e.g. `['invoice.zip', 'invoice.exe']`; generated where there is none. */
  path: readonly string[];
  place: Place;
  /** Index into `ReadMessage.parts` of the MIME part that holds it; undefined for the message as a whole. */
  part?: number;
  /** Every file name that a program may read, where there is more than the last of `path`; at most 8. */
  names?: readonly string[];
  /** What it is by its content, in any of its readings; absent: nothing that is known, and for the message as a whole. */
  types?: readonly FileType[];
  /** Media type that the header of its MIME part says; absent where it has none, as within an archive. */
  declared?: string;
  /**
   * Every plausible content; the first is the one to name. More than one where the transfer left the bytes open:
   * a 7bit or 8bit part with CRLF or LF line ends, with and without the last line end.
   */
  readings: readonly Reading[];
  /** What `ReadRequest.patterns` found; absent: nothing. */
  matches?: readonly ContentMatch[];
}

/** Why a message, or something in it, could not be read. Closed list: each has an action of its own. */
export type UnscannableReason =
  | 'encrypted'
  | 'damaged'
  | 'unsupported'
  | 'partial'
  | 'external'
  | 'too-deep'
  | 'too-many-files'
  | 'too-many-parts'
  | 'too-large'
  | 'ratio'
  | 'too-slow'
  | 'crashed'
  | 'refused';

export interface Unscannable {
  reason: UnscannableReason;
  path: readonly string[];
  /** Index into `ReadMessage.parts`, where the trouble is within one part. */
  part?: number;
}

/** A MIME part that can be taken out: byte offsets in the message, header included, delimiter lines excluded. */
export interface MessagePart {
  start: number;
  /** Where the body starts. */
  body: number;
  end: number;
  name: string;
  /** It lies within multipart/signed or multipart/encrypted: taken out, it breaks the signature. */
  signed?: boolean;
}

/** Everything that was found in a message. */
export interface ReadMessage {
  /** The first is the message as a whole, unless its reader crashed. */
  files: readonly ReadFile[];
  unscannable: readonly Unscannable[];
  /** Where programs read the message differently, so that one of them may be hidden from whoever looks. Absent: nowhere. */
  ambiguous?: readonly AmbiguityFact[];
  parts: readonly MessagePart[];
  /** Decoded Subject, for quarantine and logs; at most 200 characters. */
  subject?: string;
  /** Where they were asked for: different contents of files, not of the message as a whole, those found first. */
  contents?: readonly { sha256: string; content: Uint8Array }[];
}

/** Limits of unpacking; every one that is met makes the message unscannable, never clean. */
export interface UnpackLimits {
  partsMax: number;
  depthMax: number;
  filesMax: number;
  fileBytesMax: number;
  messageBytesMax: number;
  /** Unpacked bytes for each packed byte, for files over 1 MiB unpacked. */
  ratioMax: number;
}

/** What the log says of a message so that people find it again. Mail-controlled: escape when shown. */
export interface MessageNames {
  /** Message-ID without angle brackets, at most 250 characters; null when there is none. */
  messageId: string | null;
  /** Decoded Subject, at most 200 characters; null when there is none. */
  subject: string | null;
  /** A machine or a mailing list sent it, as it says itself (RFC 3834). */
  automatic?: boolean;
}

/** Reads the header at the beginning of a message; what comes after the bytes given is not seen. Never throws. */
export type ReadNames = (head: Buffer) => MessageNames;

/** A pattern for contents, as it goes to where messages are read. */
export interface ContentPattern {
  /** Which engine reads `data`, e.g. `yara`. */
  engine: string;
  /** Unique among all patterns of all versions: an engine is loaded once for each id, where messages are read. */
  id: string;
  /** Goes to other threads by structured clone, once for each; what is large is a `SharedArrayBuffer` and so not copied. */
  data: unknown;
}

/** An engine could not look at a content as a whole; the file is unscannable for this reason. */
export class NotMatched extends Error {
  readonly reason: UnscannableReason;
  constructor(reason: UnscannableReason) {
    super(reason);
    this.name = 'NotMatched';
    this.reason = reason;
  }
}

/** A loaded content pattern, where messages are read. */
export interface ContentEngine {
  /**
   * Names of the malware in the content; none: []. A throw makes the file unscannable: by `NotMatched`, or else `crashed`. Must not
   * keep or change the content.
   */
  match(content: Uint8Array): readonly string[] | Promise<readonly string[]>;
  /** Frees what garbage collection does not; called when the pattern is no longer asked for. */
  close?(): void;
}

/** Makes the engine of a pattern from its `data`. A throw defers the messages that ask for it (451): load patterns on trial first. */
export type LoadContentEngine = (data: unknown) => ContentEngine | Promise<ContentEngine>;

/** What is read, and how. */
export interface ReadRequest {
  /** Not changed while it is read. */
  message: Buffer;
  /** It is a file of this name, and not a message, unless it looks like one: then nothing of it can be removed. */
  fileName?: string;
  limits: UnpackLimits;
  /** Besides SHA-256. */
  digests: readonly DigestWish[];
  patterns: readonly ContentPattern[];
  /** What is not read after this time is `too-slow`. Waiting for a place to be read in does not count. */
  msMax: number;
  /** Contents of files, so many bytes together, are handed over besides the facts. Absent: none. */
  contentBytesMax?: number;
}

/**
 * Reads messages where their trouble is their own: a crash, a hang or a flood of memory makes the message `unscannable`, and touches
 * no other. Rejects when the signal aborts, and for trouble of ours (no thread starts, it
 * is closed).
 */
export interface MessageReader {
  read(request: ReadRequest, signal: AbortSignal): Promise<ReadMessage>;
}

/** Removes parts from a message; everything else stays byte for byte. */
export interface MessageRewriter {
  /** Each removed part is replaced by a text/plain part with `notice(name)`; the message stays valid MIME. */
  remove(message: Buffer, parts: readonly MessagePart[], notice: (name: string) => string): Uint8Array[];
  /** Puts a tag before the text of every Subject that does not begin with it; adds one where there is none. */
  tagSubject(content: readonly Uint8Array[], tag: string): Uint8Array[];
  /** Adds header fields on top, e.g. `X-Sekisho: clean`; the rest stays byte for byte. */
  addHeaders(content: readonly Uint8Array[], fields: readonly (readonly [name: string, value: string])[]): Uint8Array[];
}

/** Identity of a component that takes part in a verdict. */
export interface ComponentVersion {
  version: string;
  /** When it was made or last confirmed to be the newest, ms since 1970. */
  checkedAtMs: number;
  /** Id of the smart scan pattern that it belongs to; absent where it was not said, before 0.5.0. */
  patternId?: string;
}

/** A loaded pattern: hash signatures (.hdb, .hsb minus .fp, .sfp), and what engines look for in contents. */
export interface PatternSet extends ComponentVersion {
  /** Signatures that can match; 0 means not usable (D3). */
  entries: number;
  /** Digests that `match` wants besides SHA-256; it throws where one is missing. */
  digests: readonly DigestWish[];
  /** Name of the malware by hash, or undefined. A hash in .fp/.sfp never matches. */
  match(reading: Reading): string | undefined;
  /** Absent: none. */
  contentPatterns?: readonly ContentPattern[];
  /** YARA rules among them; absent: none. */
  rules?: number;
}

/** The smart query filter. */
export interface QueryFilter extends ComponentVersion {
  /** False means: certainly not in the smart scan pattern of this version. Key: lower-case hexadecimal SHA-256 (D1). */
  has(sha256: string): boolean;
}

/** The local components as they are loaded now; each may be missing (D3). */
export interface ScanComponents {
  agent?: PatternSet;
  conventional?: PatternSet;
  filter?: QueryFilter;
}

export type PatternName = 'agent' | 'conventional';
