/** What a scan needs from outside: files out of a message, local patterns, the query filter. */

/** Where in the message a file stands; decides what the virus rule can do about it. */
export type Place = 'attachment' | 'inline' | 'message';

/** A file found in a message, at any depth. */
export interface FoundFile {
  /** Names from the outside in, e.g. `['invoice.zip', 'invoice.exe']`; generated where there is none. */
  path: readonly string[];
  place: Place;
  /** Index into `Unpacked.parts` of the MIME part that holds it; undefined for the message as a whole. */
  part?: number;
  /**
   * Every plausible content; the first is the one to name. More than one where the transfer left the bytes open:
   * a 7bit or 8bit part with CRLF or LF line ends, with and without the last line end.
   */
  readings: readonly Uint8Array[];
}

/** Why a message, or something in it, could not be read. Closed list: each has an action of its own. */
export type UnscannableReason =
  | 'encrypted'
  | 'damaged'
  | 'unsupported'
  | 'partial'
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
  /** Index into `Unpacked.parts`, where the trouble is within one part. */
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

export interface Unpacked {
  files: readonly FoundFile[];
  unscannable: readonly Unscannable[];
  parts: readonly MessagePart[];
  /** Decoded Subject, for quarantine and logs; at most 200 characters. */
  subject?: string;
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

export interface Unpacker {
  unpack(message: Buffer, limits: UnpackLimits, signal: AbortSignal): Promise<Unpacked>;
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
}

/** A loaded set of hash signatures (.hdb, .hsb minus .fp, .sfp). */
export interface PatternSet extends ComponentVersion {
  /** Signatures that can match; 0 means not usable (D3). */
  entries: number;
  /** Name of the malware, or undefined. A hash in .fp/.sfp never matches. */
  match(content: Uint8Array, sha256: string): string | undefined;
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

/** Keeps verified components on disk and loaded in memory. A component that does not verify never replaces one that does. */
export interface ComponentStore {
  /** What scans use; replaced as a whole, never changed in place. */
  current(): ScanComponents;
  /** Loads the last good ones from disk; says what is damaged. */
  load(): Promise<{ component: PatternName | 'filter'; problem: string }[]>;
  /** Verifies, test-loads, writes, fsyncs and only then switches. Throws `ComponentRefused` and keeps the old one. */
  installPattern(name: PatternName, download: PatternDownload): Promise<void>;
  installFilter(download: FilterDownload): Promise<void>;
  /** The server said that this is still the newest. */
  confirm(component: PatternName | 'filter', atMs: number): void;
}

/** A pattern as the update source gives it: ClamAV-format signature files by name (`x.hdb`, `x.hsb`, `x.fp`, `x.sfp`). */
export interface PatternDownload {
  version: string;
  files: readonly { name: string; sha256: string; content: Buffer }[];
  fetchedAtMs: number;
}

/** A query filter as the server gives it: DCSO Bloom filter file. */
export interface FilterDownload {
  /** The ETag without quotes. */
  version: string;
  /** Id of the smart scan pattern that it covers. */
  patternId: string;
  content: Buffer;
  fetchedAtMs: number;
}

/** A downloaded component is not what it says, or cannot be used. */
export class ComponentRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ComponentRefused';
  }
}
