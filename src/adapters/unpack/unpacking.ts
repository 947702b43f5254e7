import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MessagePart, Place, UnpackLimits, Unscannable, UnscannableReason } from '../../actors/ports/scanning.ts';
import { Budget } from './budget.ts';
import { openContainer } from './containers.ts';
import type { Found, Room, TakeFile, Unpacked } from './found.ts';
import { mailStart } from './mail-file.ts';
import { type MimeTree, walkMime } from './mime-walker.ts';
import { archiveReadings, base64Readings, mailReadings, messageReadings } from './readings.ts';
import { decodeBody } from './transfer-encoding.ts';

/** Other work gets its turn after this time, and an abort can be seen. */
const TURN_MS = 20;
/** More of the same trouble says nothing new. */
const UNSCANNABLE_MAX = 100;

/** The unpacking of one message: a list of what was found, worked off until there is nothing more to open. */
export class Unpacking {
  readonly #message: Buffer;
  readonly #limits: UnpackLimits;
  readonly #signal: AbortSignal;
  readonly #budget: Budget;
  readonly #takeFile: TakeFile;
  readonly #found: Found[] = [];
  readonly #unscannable: Unscannable[] = [];
  #parts: readonly MessagePart[] = [];
  #subject: string | undefined;
  #stopped = false;
  #turnStart = performance.now();

  constructor(message: Buffer, limits: UnpackLimits, signal: AbortSignal, takeFile: TakeFile) {
    this.#message = message;
    this.#limits = limits;
    this.#signal = signal;
    this.#takeFile = takeFile;
    this.#budget = new Budget(limits);
  }

  async run(): Promise<Unpacked> {
    const path = ['message'];
    try {
      await this.#takeFile({ path, place: 'message', readings: messageReadings(this.#message) });
      this.#readMessage();
    } catch {
      this.#report('crashed', { path });
    }
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
    const result = { unscannable: this.#unscannable, parts: this.#parts };
    return this.#subject === undefined ? result : { ...result, subject: this.#subject };
  }

  #readMessage(): void {
    const tree = walkMime(this.#message, { start: 0, path: [], depth: 0 }, this.#limits);
    this.#parts = tree.parts;
    this.#subject = tree.subject;
    for (const { reason, path, part } of tree.unscannable) this.#report(reason, { path, part });
    this.#addLeaves(this.#message, tree);
  }

  /** Leaves of a message that was found within something: what holds that is what can be removed. */
  #addLeaves(message: Buffer, tree: MimeTree, holder?: { place: Place; part: number | undefined }): void {
    for (const { start, end, path, place, part, depth, encodings, mail } of tree.leaves) {
      const where = holder ?? { place, part };
      const content = message.subarray(start, end);
      if (!this.#add({ path, place: where.place, part: where.part, depth, content, encodings, mail })) return;
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
    const { path, place, part, content, encodings, mail } = found;
    // What came out of an archive is counted already, and a message that was read in place takes no memory.
    if (encodings && mail !== 'walked' && !this.#budget.take(content.length)) return this.#report('too-large', found);
    const contents = encodings ? decodeBody(content, encodings) : [content];
    const read = readingsBy(encodings);
    const readings = contents.flatMap((decoded) => read(decoded));
    await this.#takeFile(part === undefined ? { path, place, readings } : { path, place, part, readings });
    if (mail === 'walked') return;
    for (const decoded of contents) {
      const start = mailStart(decoded) ?? (mail === 'declared' ? 0 : undefined);
      if (start === undefined) await this.#open(found, decoded);
      else this.#readNested(found, decoded, start);
    }
  }

  #readNested(found: Found, content: Buffer, start: number): void {
    if (!this.#deeper(found) || this.#full(found)) return;
    const { path, place, part, depth } = found;
    const tree = walkMime(content, { start, path, depth: depth + 1 }, this.#limits);
    for (const trouble of tree.unscannable) this.#report(trouble.reason, { path: trouble.path, part });
    this.#addLeaves(content, tree, { place, part });
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
