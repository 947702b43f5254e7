import type { MessagePart, Place, UnpackLimits, Unscannable } from '../../actors/ports/scanning.ts';
import { type ContentHeaders, contentHeaders, subjectOf } from './content-headers.ts';
import { guessBoundary, nextDelimiter } from './delimiter.ts';
import type { MailState } from './found.ts';
import { type HeaderBlock, readHeaderBlock } from './header-block.ts';

/** A stretch of the message that holds a file: a part without parts of its own, a nested message, text between parts. */
export interface Leaf {
  start: number;
  end: number;
  path: readonly string[];
  place: Place;
  /** Index into `parts`; undefined for text between parts. */
  part: number | undefined;
  /** Multiparts and messages around it. */
  depth: number;
  encodings: readonly string[];
  mail: MailState;
}

/** The MIME structure of a message. */
export interface MimeTree {
  leaves: readonly Leaf[];
  parts: readonly MessagePart[];
  unscannable: readonly Unscannable[];
  subject: string | undefined;
}

/** Where the message stands that is walked. */
export interface WalkRoot {
  /** Offset of its header. */
  start: number;
  path: readonly string[];
  depth: number;
}

/** Reads the MIME structure (RFC 2045, 2046) in one pass over the bytes: no recursion, no copies, linear in the size. */
export function walkMime(message: Buffer, root: WalkRoot, limits: UnpackLimits): MimeTree {
  return new MimeWalk(message, root, limits).walk();
}

/** A multipart, or a message/rfc822 whose inside is walked in place: then it has no boundaries. */
interface Level {
  boundaries: readonly string[];
  path: readonly string[];
  part: number;
  digest: boolean;
  /** It or a level around it is multipart/signed or multipart/encrypted. */
  signed: boolean;
  /** Where the body of the part starts that is a message; undefined for a multipart. */
  message: number | undefined;
}

type Current =
  | { kind: 'leaf'; body: number; part: number; headers: ContentHeaders; path: readonly string[] }
  | { kind: 'between'; body: number; name: string };

const NESTED_MESSAGE = /^message\/(?:rfc822|global|news)$/;
const SIGNED = /^multipart\/(?:signed|encrypted)$/;
const NO_TRANSFER_ENCODING = /^(?:7bit|8bit|binary)$/;

class MimeWalk {
  readonly #message: Buffer;
  readonly #root: WalkRoot;
  readonly #limits: UnpackLimits;
  readonly #leaves: Leaf[] = [];
  readonly #parts: MessagePart[] = [];
  readonly #unscannable: Unscannable[] = [];
  readonly #levels: Level[] = [];
  #current: Current | undefined;
  #subject: string | undefined;

  constructor(message: Buffer, root: WalkRoot, limits: UnpackLimits) {
    this.#message = message;
    this.#root = root;
    this.#limits = limits;
  }

  walk(): MimeTree {
    const end = this.#message.length;
    let more = this.#openEntity(this.#root.start);
    while (more && this.#current !== undefined) {
      const delimiter = nextDelimiter(this.#message, this.#current.body, end, this.#levels);
      this.#closeCurrent(delimiter?.before ?? end);
      this.#closeLevelsAbove(delimiter?.level ?? -1, delimiter?.before ?? end);
      if (delimiter === undefined) break;
      // The level stays open after its closing delimiter: parts that follow it are read by some programs, too.
      if (delimiter.closing) this.#current = { kind: 'between', body: delimiter.after, name: 'epilogue' };
      else more = this.#openEntity(delimiter.after);
    }
    this.#closeLevelsAbove(-1, end);
    return { leaves: this.#leaves, parts: this.#parts, unscannable: this.#unscannable, subject: this.#subject };
  }

  /** Opens the entity whose header is at `start`, and those that begin with its body. False when there are too many. */
  #openEntity(start: number): boolean {
    let headerStart = start;
    // The body of a nested message that is no multipart cannot be taken out alone: the nested message is the part.
    let part: number | undefined;
    for (;;) {
      const block = readHeaderBlock(this.#message, headerStart, this.#message.length);
      const digest = part === undefined && this.#levels.at(-1)?.digest === true;
      const headers = contentHeaders(block, digest ? 'message/rfc822' : 'text/plain');
      if (headerStart === this.#root.start) this.#subject = subjectOf(block);
      if (this.#openMultipart(block, headers)) return true;
      if (part === undefined) {
        if (this.#parts.length >= this.#limits.partsMax) {
          this.#current = undefined;
          this.#unscannable.push({ reason: 'too-many-parts', path: this.#path() });
          return false;
        }
        part = this.#parts.length;
        const name = headers.name ?? `part-${part + 1}`;
        const signed = this.#isSigned() ? { signed: true } : {};
        this.#parts.push({ start: headerStart, body: block.body, end: this.#message.length, name, ...signed });
      }
      const path = [...this.#path(), headers.name ?? `part-${part + 1}`];
      if (!this.#openMessage(block, headers, part, path)) {
        if (headers.mediaType === 'message/partial') this.#unscannable.push({ reason: 'partial', path, part });
        this.#current = { kind: 'leaf', body: block.body, part, headers, path };
        return true;
      }
      headerStart = block.body;
    }
  }

  #openMultipart(block: HeaderBlock, headers: ContentHeaders): boolean {
    if (!headers.mediaType.startsWith('multipart/')) return false;
    const boundaries = headers.boundaries.filter((boundary) => boundary !== '');
    const guess = boundaries.length === 0 && guessBoundary(this.#message, block.body, this.#message.length);
    if (guess) boundaries.push(guess);
    if (boundaries.length === 0 || !this.#deeper(undefined)) return false;
    const path = this.#path();
    const digest = headers.mediaType === 'multipart/digest';
    const signed = this.#isSigned() || SIGNED.test(headers.mediaType);
    this.#levels.push({ boundaries, path, part: -1, digest, signed, message: undefined });
    this.#current = { kind: 'between', body: block.body, name: 'preamble' };
    return true;
  }

  #openMessage(block: HeaderBlock, headers: ContentHeaders, part: number, path: readonly string[]): boolean {
    if (!NESTED_MESSAGE.test(headers.mediaType)) return false;
    if (!headers.encodings.every((encoding) => NO_TRANSFER_ENCODING.test(encoding)) || !this.#deeper(part))
      return false;
    this.#levels.push({ boundaries: [], path, part, digest: false, signed: this.#isSigned(), message: block.body });
    return true;
  }

  #deeper(part: number | undefined): boolean {
    if (this.#depth() < this.#limits.depthMax) return true;
    const trouble = { reason: 'too-deep' as const, path: this.#path() };
    this.#unscannable.push(part === undefined ? trouble : { ...trouble, part });
    return false;
  }

  #closeCurrent(at: number): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    const end = Math.max(current.body, at);
    if (current.kind === 'leaf') {
      this.#endPart(current.part, end);
      const { headers, part, path } = current;
      this.#add(current.body, end, {
        path,
        place: placeOf(headers),
        part,
        encodings: headers.encodings,
        mail: mailState(headers),
      });
    } else if (!isBlank(this.#message, current.body, end)) {
      const path = [...this.#path(), current.name];
      this.#add(current.body, end, { path, place: 'inline', part: undefined, encodings: [], mail: 'unknown' });
    }
  }

  #closeLevelsAbove(level: number, at: number): void {
    while (this.#levels.length - 1 > level) {
      const closed = this.#levels.pop();
      if (closed?.message === undefined) continue;
      const { path, part, message } = closed;
      const end = Math.max(message, at);
      this.#endPart(part, end);
      this.#add(message, end, { path, place: 'attachment', part, encodings: [], mail: 'walked' });
    }
  }

  #endPart(index: number, end: number): void {
    const part = this.#parts[index];
    if (part) part.end = end;
  }

  #add(start: number, end: number, leaf: Pick<Leaf, 'path' | 'place' | 'part' | 'encodings' | 'mail'>): void {
    this.#leaves.push({ start, end, depth: this.#depth(), ...leaf });
  }

  #isSigned(): boolean {
    return this.#levels.at(-1)?.signed === true;
  }

  #path(): readonly string[] {
    return this.#levels.at(-1)?.path ?? this.#root.path;
  }

  #depth(): number {
    return this.#root.depth + this.#levels.length;
  }
}

function placeOf(headers: ContentHeaders): Place {
  if (headers.attachment || headers.name !== undefined || NESTED_MESSAGE.test(headers.mediaType)) return 'attachment';
  return /^(?:text|multipart|message)\//.test(headers.mediaType) ? 'inline' : 'attachment';
}

function mailState(headers: ContentHeaders): MailState {
  return NESTED_MESSAGE.test(headers.mediaType) || headers.name?.toLowerCase().endsWith('.eml')
    ? 'declared'
    : 'unknown';
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte !== 32 && (byte < 9 || byte > 13)) return false;
  }
  return true;
}
