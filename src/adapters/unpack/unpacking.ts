import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MessagePart, Place, UnpackLimits, Unscannable, UnscannableReason } from '../../actors/ports/scanning.ts';
import type { AmbiguityReason } from '../../events/scan.ts';
import { Ambiguities } from './ambiguities.ts';
import { Budget } from './budget.ts';
import { type CarvedEntity, carveEntities } from './carve.ts';
import { openContainer } from './containers.ts';
import { looksLikeFile } from './documents/file-signatures.ts';
import { isMailbox } from './documents/mailbox.ts';
import type { Entry, Found, Room, StopSign, TakeFile, Unpacked } from './found.ts';
import { mailStart } from './mail-file.ts';
import { isBlank, isFileLike, type MimeTree, mailStateOf } from './mime-tree.ts';
import { viewMime } from './mime-views.ts';
import { archiveReadings, base64Readings, mailReadings, messageReadings } from './readings.ts';
import { decodeBody, isIdentity } from './transfer-encoding.ts';

/** Other work gets its turn after this time, and an abort can be seen. */
const TURN_MS = 20;
/** More of the same trouble says nothing new. */
const UNSCANNABLE_MAX = 100;

/** The unpacking of one message: a list of what was found, worked off until there is nothing more to open. */
export class Unpacking {
  readonly #message: Buffer;
  readonly #limits: UnpackLimits;
  readonly #signal: StopSign;
  readonly #budget: Budget;
  readonly #takeFile: TakeFile;
  readonly #fileName: string | undefined;
  readonly #found: Found[] = [];
  readonly #unscannable: Unscannable[] = [];
  readonly #ambiguous = new Ambiguities();
  #parts: readonly MessagePart[] = [];
  #subject: string | undefined;
  #stopped = false;
  #turnStart = performance.now();

  constructor(message: Buffer, limits: UnpackLimits, signal: StopSign, takeFile: TakeFile, fileName?: string) {
    this.#fileName = fileName;
    this.#message = message;
    this.#limits = limits;
    this.#signal = signal;
    this.#takeFile = takeFile;
    this.#budget = new Budget(limits);
  }

  async run(): Promise<Unpacked> {
    await this.#begin();
    for (let next = 0; next < this.#found.length && !this.#stopped; next += 1) {
      const found = this.#found[next];
      if (found === undefined) break;
      try {
        await this.#turn(found);
        if (!this.#stopped) await this.#take(found);
      } catch {
        this.#report('crashed', found);
      }
    }
    const result = { unscannable: this.#unscannable, ambiguous: this.#ambiguous.list(), parts: this.#parts };
    return this.#subject === undefined ? result : { ...result, subject: this.#subject };
  }

  async #begin(): Promise<void> {
    if (this.#fileName !== undefined) {
      const file = { path: [this.#fileName], place: 'attachment' as const, part: undefined, depth: 0 };
      this.#add({ ...file, content: this.#message, encodings: undefined, mail: 'unknown' });
      return;
    }
    const path = ['message'];
    try {
      await this.#takeFile({ path, place: 'message', readings: messageReadings(this.#message) });
      this.#readMessage();
    } catch {
      this.#report('crashed', { path });
    }
  }

  #readMessage(): void {
    const viewed = viewMime(this.#message, { start: 0, path: [], depth: 0 }, this.#limits);
    this.#parts = viewed.parts;
    this.#subject = viewed.subject;
    this.#addViewed(viewed);
  }

  /** What was found in a message; in one that was found within something, what holds that is what can be removed. */
  #addViewed(viewed: MimeTree, holder?: { place: Place; part: number | undefined }): void {
    for (const { reason, path, part } of viewed.unscannable) this.#report(reason, { path, part: holder?.part ?? part });
    for (const { reason, path, part } of viewed.ambiguous) this.#ambiguous.add(reason, path, holder?.part ?? part);
    for (const { of, start, end, path, depth, encodings, declared, mail, names, suspect, ...own } of viewed.leaves) {
      const { place, part } = holder ?? own;
      const content = of.subarray(start, end);
      if (!this.#add({ path, place, part, depth, content, encodings, declared, mail, names, suspect })) return;
    }
  }

  /** False when there are too many. */
  #add(found: Found): boolean {
    if (this.#full(found)) return false;
    this.#found.push(found);
    return true;
  }

  #full(found: Pick<Found, 'path' | 'part'>): boolean {
    if (this.#found.length < this.#limits.filesMax) return false;
    this.#report('too-many-files', found);
    return true;
  }

  /** Lists a file and opens it. */
  async #take(found: Found): Promise<void> {
    const { path, place, part, content, encodings, declared, mail } = found;
    if (mail === 'header') return await this.#open(found, content);
    // What came out of an archive is counted already, and a message that was read in place takes no memory.
    if (encodings && mail !== 'walked' && !this.#budget.take(content.length)) return this.#report('too-large', found);
    const { contents: plausible, ambiguity } = encodings ? decodeBody(content, encodings) : { contents: [content] };
    // Every other content takes as much memory and work as a file of its own.
    const contents = plausible.filter((each, index) => index === 0 || this.#budget.take(each.length));
    if (contents.length < plausible.length) this.#report('too-large', found);
    if (ambiguity) this.#ambiguous.add(ambiguity, path, part);
    const read = readingsBy(encodings);
    const readings = contents.flatMap((decoded) => read(decoded));
    const told = { ...(part === undefined ? {} : { part }), ...namesOf(found), ...(declared && { declared }) };
    await this.#takeFile({ path, place, ...told, readings });
    if (mail === 'walked') return;
    for (const [index, decoded] of contents.entries()) {
      const start = isMailbox(decoded) ? undefined : (mailStart(decoded) ?? (mail === 'declared' ? 0 : undefined));
      if (start === undefined) await this.#open(found, decoded);
      else this.#readNested(found, decoded, start);
      const isText = encodings !== undefined && (index > 0 || !encodings.includes('base64'));
      // A message has its entities walked already; but not all programs see one where it is only a header of MIME.
      if (isText && (start === undefined || isOddlyPlaced(found, decoded))) this.#carve(found, decoded);
    }
  }

  #readNested(found: Found, content: Buffer, start: number): void {
    if (!this.#deeper(found) || this.#full(found)) return;
    const { path, place, part, depth } = found;
    this.#addViewed(viewMime(content, { start, path, depth: depth + 1 }, this.#limits), { place, part });
  }

  /** Entities in the midst of text, that programs with other views of headers and delimiters see. */
  #carve(found: Found, text: Buffer): void {
    const { partsMax } = this.#limits;
    const entities = carveEntities(text, partsMax + 1);
    if (entities.length > partsMax) this.#report('too-many-parts', found);
    for (const [index, entity] of entities.entries()) {
      const { headers, body, end } = entity;
      if (isBlank(text, body, end)) continue;
      if (isFileLike(headers)) this.#hidden(found, entity);
      if (headers.mediaType.startsWith('multipart/') && isIdentity(headers.encodings)) continue;
      if (!this.#deeper(found)) return;
      const path = [...found.path, headers.name ?? `hidden-${index + 1}`];
      const { encodings, names, mediaType: declared } = headers;
      const inner = {
        ...found,
        path,
        depth: found.depth + 1,
        content: text.subarray(body, end),
        encodings,
        names,
        declared,
      };
      if (!this.#add({ ...inner, mail: mailStateOf(headers), suspect: undefined })) return;
    }
  }

  /** Text that quotes a whole message with its header hides nothing: whoever reads it sees that. */
  #hidden({ suspect, path, part }: Found, { first, delimited }: CarvedEntity): void {
    const odd: AmbiguityReason | undefined = first ? 'header-in-body' : delimited ? 'hidden-part' : undefined;
    const reason = suspect === 'lying-encoding' ? odd : (suspect ?? odd);
    if (reason !== undefined) this.#ambiguous.add(reason, path, part);
  }

  /** Something encoded stands where most programs see no file. */
  #suspect({ suspect, path, part, encodings = [], content: body }: Found, from: Buffer, entry: Entry): void {
    const { encoded, content } = entry;
    if (suspect === undefined || content === undefined) return;
    // An attachment that is text with something encoded in it is no lie, as long as it is not all of it, or said to be encoded itself.
    const isLie = isIdentity(encodings) ? encoded === 'whole' : encoded === 'mail' && from === body;
    const hidden = suspect === 'lying-encoding' ? isLie : encoded !== undefined || looksLikeFile(content);
    if (hidden) this.#ambiguous.add(suspect, path, part);
  }

  async #open(found: Found, content: Buffer): Promise<void> {
    const { path, place, part, depth } = found;
    let room: Room = this.#budget.room(content.length);
    const access = {
      room: (packedBytes: number) => {
        room = this.#budget.room(packedBytes);
        return room;
      },
      bytesLeft: () => this.#budget.left,
      entriesMax: this.#limits.filesMax,
    };
    for await (const entry of openContainer(content, access)) {
      if (!this.#deeper(found)) return;
      const inner = { path: [...path, entry.name || 'content'], part };
      this.#suspect(found, content, entry);
      if (entry.problem !== undefined) this.#report(entry.problem, entry.name || entry.content ? inner : found);
      if (entry.content === undefined) {
        // What ran into a limit was unpacked up to it, and has cost that much.
        if (entry.problem === room.reason) this.#budget.take(room.bytesMax);
      } else if (!this.#budget.take(entry.content.length)) this.#report('too-large', inner);
      else if (
        !this.#add({ ...inner, place, depth: depth + 1, content: entry.content, encodings: undefined, mail: 'unknown' })
      )
        return;
      await this.#turn(found);
      if (this.#stopped) return;
    }
  }

  #deeper(found: Found): boolean {
    if (found.depth < this.#limits.depthMax) return true;
    this.#report('too-deep', found);
    return false;
  }

  /** Gives other work its turn now and then, and stops when it has taken too long. */
  async #turn(found: Pick<Found, 'path' | 'part'>): Promise<void> {
    if (performance.now() - this.#turnStart > TURN_MS) {
      await nextTurn();
      this.#turnStart = performance.now();
    }
    if (!this.#signal.aborted) return;
    this.#stopped = true;
    this.#report('too-slow', found);
  }

  #report(reason: UnscannableReason, { path, part }: { path: readonly string[]; part?: number | undefined }): void {
    if (this.#unscannable.length >= UNSCANNABLE_MAX && this.#unscannable.some((known) => known.reason === reason))
      return;
    this.#unscannable.push(part === undefined ? { reason, path } : { reason, path, part });
  }
}

function readingsBy(encodings: readonly string[] | undefined): (content: Buffer) => Buffer[] {
  if (encodings === undefined) return archiveReadings;
  return encodings.includes('base64') ? base64Readings : mailReadings;
}

function isOddlyPlaced({ suspect, mail }: Found, text: Buffer): boolean {
  if (suspect !== undefined && suspect !== 'lying-encoding') return true;
  return mail === 'unknown' && /^\s*content-/i.test(text.toString('latin1', 0, 80));
}

/** Names that the path does not say. */
function namesOf({ path, names = [] }: Found): { names?: readonly string[] } {
  return names.length > 1 || (names.length === 1 && names[0] !== path.at(-1)) ? { names } : {};
}
