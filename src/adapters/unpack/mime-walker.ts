import type { MessagePart, UnpackLimits, Unscannable } from '../../actors/ports/scanning.ts';
import type { AmbiguityReason } from '../../events/scan.ts';
import { Ambiguities } from './ambiguities.ts';
import { type ContentHeaders, contentHeaders, isNestedMessage, subjectOf } from './content-headers.ts';
import { guessBoundary, nextDelimiter } from './delimiter.ts';
import { type HeaderBlock, readHeaderBlock } from './header-block.ts';
import { isBlank, isFileLike, type Leaf, type MimeTree, mailStateOf, placeOf } from './mime-tree.ts';
import { isIdentity, isUnknown } from './transfer-encoding.ts';
import { type Current, type Level, type OpenMultipart, type View, type WalkRoot, widestView } from './walk-state.ts';

/** Reads the MIME structure (RFC 2045, 2046) in one pass over the bytes: no recursion, no copies, linear in the size. */
export function walkMime(message: Buffer, root: WalkRoot, limits: UnpackLimits, view = widestView): MimeTree {
  return new MimeWalk(message, root, limits, view).walk();
}

/** Headers of fewer bytes hide no file. */
const HEADER_BYTES_MIN = 512;
const SIGNED = /^multipart\/(?:signed|encrypted)$/;

class MimeWalk {
  readonly #message: Buffer;
  readonly #root: WalkRoot;
  readonly #limits: UnpackLimits;
  readonly #view: View;
  readonly #leaves: Leaf[] = [];
  readonly #parts: MessagePart[] = [];
  readonly #unscannable: Unscannable[] = [];
  readonly #ambiguous = new Ambiguities();
  readonly #levels: Level[] = [];
  #current: Current | undefined;
  #subject: string | undefined;
  #loneCr = false;

  constructor(message: Buffer, root: WalkRoot, limits: UnpackLimits, view: View) {
    this.#message = message;
    this.#root = root;
    this.#limits = limits;
    this.#view = view;
  }

  walk(): MimeTree {
    const end = this.#message.length;
    let more = this.#openEntity(this.#root.start);
    while (more && this.#current !== undefined) {
      const current = this.#current;
      const from = current.kind === 'leaf' ? current.block.body : current.body;
      const delimiter = nextDelimiter(this.#message, from, end, this.#levels, this.#view.loneCr);
      this.#closeCurrent(delimiter?.before ?? end);
      this.#closeLevelsAbove(delimiter?.level ?? -1, delimiter?.before ?? end);
      if (delimiter === undefined) break;
      this.#loneCr ||= delimiter.loneCr;
      this.#noteDelimiter(delimiter.boundary, delimiter.closing);
      // The level stays open after its closing delimiter: parts that follow it are read by some programs, too.
      if (delimiter.closing) this.#current = { kind: 'between', body: delimiter.after, name: 'epilogue' };
      else more = this.#openEntity(delimiter.after);
    }
    this.#closeLevelsAbove(-1, end);
    return {
      ...{
        leaves: this.#leaves,
        parts: this.#parts,
        unscannable: this.#unscannable,
        ambiguous: this.#ambiguous.list(),
      },
      ...{ subject: this.#subject, loneCr: this.#loneCr },
    };
  }

  /** What a delimiter of the innermost level that is left says about it. */
  #noteDelimiter(boundary: number, closing: boolean): void {
    const multipart = this.#levels.at(-1)?.multipart;
    if (multipart === undefined) return;
    if (boundary > 0 && this.#view.boundaries === 'all') this.#ambiguity('conflicting-boundary');
    if (multipart.headers.conflicting) this.#ambiguity('conflicting-content-type');
    multipart.matched = true;
    multipart.closed ||= closing;
    // Where an outer multipart has the same boundary, as some programs write it, what follows belongs to that.
    if (closing && this.#isOuterBoundary(boundary)) this.#levels.pop();
  }

  #isOuterBoundary(index: number): boolean {
    const boundary = this.#levels.at(-1)?.boundaries[index] ?? '';
    return this.#levels.slice(0, -1).some(({ boundaries }) => boundaries.includes(boundary));
  }

  /** Opens the entity whose header is at `start`, and those that begin with its body. False when there are too many. */
  #openEntity(start: number): boolean {
    let headerStart = start;
    // The body of a nested message that is no multipart cannot be taken out alone: the nested message is the part.
    let part: number | undefined;
    for (;;) {
      const block = readHeaderBlock(this.#message, headerStart, this.#message.length, this.#view.loneCr);
      this.#loneCr ||= block.loneCr;
      this.#addHeader(headerStart, block.body);
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
      this.#noteHidden(headers, part);
      if (!this.#openMessage(block, headers, part, path)) {
        this.#current = { kind: 'leaf', block, part, headers, path };
        this.#noteMissing(headers, path, part);
        return true;
      }
      headerStart = block.body;
    }
  }

  /** A file where most programs have stopped reading, or do not know where to begin. */
  #noteHidden(headers: ContentHeaders, part: number): void {
    const multipart = this.#levels.at(-1)?.multipart;
    if (multipart === undefined || !isFileLike(headers)) return;
    if (multipart.closed) this.#ambiguity('hidden-in-epilogue', part);
    if (multipart.guessed) this.#ambiguity('missing-boundary', part);
  }

  /** Content that is not in this message, but elsewhere. */
  #noteMissing({ mediaType }: ContentHeaders, path: readonly string[], part: number): void {
    if (mediaType === 'message/partial') this.#unscannable.push({ reason: 'partial', path, part });
    if (mediaType === 'message/external-body') this.#unscannable.push({ reason: 'external', path, part });
  }

  #openMultipart(block: HeaderBlock, headers: ContentHeaders): boolean {
    if (!headers.mediaType.startsWith('multipart/')) return false;
    const boundaries = this.#believed(headers.boundaries);
    const guess = boundaries.length === 0 && guessBoundary(this.#message, block.body, this.#message.length);
    if (guess) boundaries.push(guess);
    if (boundaries.length === 0 || !this.#deeper(undefined)) return false;
    const path = this.#path();
    const digest = headers.mediaType === 'multipart/digest';
    const signed = this.#isSigned() || SIGNED.test(headers.mediaType);
    const multipart = { headers, body: block.body, matched: false, closed: false, guessed: guess !== false };
    this.#levels.push({ boundaries, path, part: -1, digest, signed, message: undefined, multipart });
    this.#current = { kind: 'between', body: block.body, name: 'preamble' };
    return true;
  }

  #believed(boundaries: readonly string[]): string[] {
    if (this.#view.boundaries === 'all') return [...boundaries];
    return this.#view.boundaries === 'first' ? boundaries.slice(0, 1) : boundaries.slice(-1);
  }

  #openMessage(block: HeaderBlock, headers: ContentHeaders, part: number, path: readonly string[]): boolean {
    if (!isNestedMessage(headers.mediaType)) return false;
    if (!isIdentity(headers.encodings) || !this.#deeper(part)) return false;
    this.#levels.push({ boundaries: [], path, part, digest: false, signed: this.#isSigned(), message: block.body });
    if (headers.conflicting) this.#ambiguity('conflicting-content-type', part);
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
    if (current?.kind === 'leaf') this.#closeLeaf(current, at);
    else if (current !== undefined) this.#closeBetween(current.body, Math.max(current.body, at), current.name);
  }

  #closeLeaf({ block, part, headers, path }: Extract<Current, { kind: 'leaf' }>, at: number): void {
    const end = Math.max(block.body, at);
    this.#endPart(part, end);
    const { encodings, names, mediaType: declared } = headers;
    const place = placeOf(headers);
    const mail = mailStateOf(headers);
    const lies = place === 'attachment' || !isIdentity(encodings) ? 'lying-encoding' : undefined;
    const suspect: Leaf['suspect'] = encodings.some(isUnknown) ? 'unknown-encoding' : lies;
    const leaf = { path, names, place, part, encodings, declared, mail, suspect };
    this.#add(block.body, end, leaf);
    const { otherBody } = block;
    if (otherBody === undefined || otherBody >= end || otherBody === block.body) return;
    this.#add(otherBody, end, { ...leaf, suspect: 'header-in-body' });
  }

  /** Text before, between and after parts. Where a multipart has no part, its text is what it is encoded to be. */
  #closeBetween(body: number, end: number, name: 'preamble' | 'epilogue'): void {
    if (isBlank(this.#message, body, end)) return;
    const path = [...this.#path(), name];
    const headers = this.#levels.at(-1)?.multipart?.headers;
    const suspect = name === 'preamble' ? 'hidden-in-preamble' : 'hidden-in-epilogue';
    const text = { path, names: [], place: 'inline' as const, part: undefined, mail: 'unknown' as const };
    this.#add(body, end, { ...text, encodings: [], suspect });
    if (headers === undefined || name !== 'preamble' || isIdentity(headers.encodings)) return;
    this.#add(body, end, { ...text, encodings: headers.encodings, suspect: 'encoded-multipart' });
  }

  #closeLevelsAbove(level: number, at: number): void {
    while (this.#levels.length - 1 > level) {
      const closed = this.#levels.pop();
      if (closed === undefined) continue;
      const { path, part, message, multipart } = closed;
      if (multipart?.matched && multipart.headers.conflicting) this.#addWhole(closed.path, multipart, at);
      if (message === undefined) continue;
      const end = Math.max(message, at);
      this.#endPart(part, end);
      const walked = { place: 'attachment' as const, encodings: [], mail: 'walked' as const, suspect: undefined };
      this.#add(message, end, { path, names: [], part, ...walked });
    }
  }

  /** A multipart that other programs take for a file. */
  #addWhole(around: readonly string[], { headers, body }: OpenMultipart, at: number): void {
    const path = [...around, headers.name ?? 'whole'];
    const { encodings, names } = headers;
    const file = { path, names, place: 'inline' as const, part: undefined, encodings, mail: 'unknown' as const };
    this.#add(body, Math.max(body, at), { ...file, suspect: 'conflicting-content-type' });
  }

  #addHeader(start: number, body: number): void {
    if (body - start < HEADER_BYTES_MIN) return;
    const path = [...this.#path(), 'header'];
    const header = { place: 'inline' as const, part: undefined, encodings: [], mail: 'header' as const };
    this.#add(start, body, { path, names: [], ...header, suspect: 'hidden-in-header' });
  }

  #endPart(index: number, end: number): void {
    const part = this.#parts[index];
    if (part) part.end = end;
  }

  #add(start: number, end: number, leaf: Omit<Leaf, 'of' | 'start' | 'end' | 'depth'>): void {
    const { path, names, place, part, encodings, declared, mail, suspect } = leaf;
    const where = { of: this.#message, start, end, depth: this.#depth() };
    this.#leaves.push({ ...where, path, names, place, part, encodings, declared, mail, suspect });
  }

  #ambiguity(reason: AmbiguityReason, part?: number): void {
    this.#ambiguous.add(reason, this.#path(), part);
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
