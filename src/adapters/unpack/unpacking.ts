import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  FoundFile,
  MessagePart,
  Place,
  Unpacked,
  UnpackLimits,
  Unscannable,
  UnscannableReason,
} from '../../actors/ports/scanning.ts';
import { Budget } from './budget.ts';
import { openContainer } from './containers.ts';
import type { Found, Room } from './found.ts';
import { mailStart } from './mail-file.ts';
import { type MimeTree, walkMime } from './mime-walker.ts';
import { archiveReadings, mailReadings } from './readings.ts';
import { decodeBody } from './transfer-encoding.ts';

/** Other work gets its turn after this time, and an abort can be seen. */
const TURN_MS = 20;
/** More of the same trouble says nothing new. */
const UNSCANNABLE_MAX = 100;
/** The whole message is hashed with other line ends only when it is short: a hash of a mail file is a rare signature. */
const WHOLE_CONVERT_BYTES_MAX = 16 * 1024;

/** The unpacking of one message: a list of what was found, worked off until there is nothing more to open. */
export class Unpacking {
  readonly #message: Buffer;
  readonly #limits: UnpackLimits;
  readonly #signal: AbortSignal;
  readonly #budget: Budget;
  readonly #found: Found[] = [];
  readonly #files: FoundFile[] = [];
  readonly #unscannable: Unscannable[] = [];
  #parts: readonly MessagePart[] = [];
  #subject: string | undefined;
  #stopped = false;
  #turnStart = performance.now();

  constructor(message: Buffer, limits: UnpackLimits, signal: AbortSignal) {
    this.#message = message;
    this.#limits = limits;
    this.#signal = signal;
    this.#budget = new Budget(limits);
  }

  async run(): Promise<Unpacked> {
    const path = ['message'];
    this.#files.push({ path, place: 'message', readings: mailReadings(this.#message, WHOLE_CONVERT_BYTES_MAX) });
    try {
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
    const result = { files: this.#files, unscannable: this.#unscannable, parts: this.#parts };
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
    for (const { start, end, path, place, part, depth, encodings, walked } of tree.leaves) {
      const where = holder ?? { place, part };
      const content = message.subarray(start, end);
      this.#found.push({ path, place: where.place, part: where.part, depth, content, encodings, walked });
    }
  }

  /** Lists a file and opens it. */
  async #take(found: Found): Promise<void> {
    const { path, place, part, content, encodings } = found;
    if (!this.#budget.takeFile()) return this.#stop('too-many-files', found);
    if (!this.#budget.takeBytes(content.length)) return this.#report('too-large', found);
    const contents = encodings ? decodeBody(content, encodings) : [content];
    const readings = contents.flatMap((decoded) => (encodings ? mailReadings(decoded) : archiveReadings(decoded)));
    this.#files.push(part === undefined ? { path, place, readings } : { path, place, part, readings });
    if (found.walked) return;
    for (const decoded of contents) await this.#open(found, decoded);
  }

  async #open(found: Found, content: Buffer): Promise<void> {
    const { path, place, part } = found;
    const start = mailStart(content);
    if (start !== undefined) {
      if (!this.#deeper(found)) return;
      const tree = walkMime(content, { start, path, depth: found.depth + 1 }, this.#limits);
      for (const trouble of tree.unscannable) this.#report(trouble.reason, { path: trouble.path, part });
      this.#addLeaves(content, tree, { place, part });
      return;
    }
    let room: Room = this.#budget.room(content.length);
    const access = {
      room: (packedBytes: number) => {
        room = this.#budget.room(packedBytes);
        return room;
      },
      entriesMax: this.#limits.filesMax,
    };
    for await (const entry of openContainer(content, access)) {
      const name = entry.name || `content-${this.#found.length}`;
      const inner = { path: [...path, name], part };
      if (!this.#deeper(found)) return;
      if (entry.problem !== undefined) this.#report(entry.problem, entry.name || entry.content ? inner : found);
      // What ran into a limit was unpacked up to it, and has cost that much.
      if (entry.problem === room.reason && entry.content === undefined) this.#budget.takeBytes(room.bytesMax);
      if (entry.content !== undefined) {
        this.#found.push({ ...inner, place, depth: found.depth + 1, content: entry.content, encodings: undefined });
      }
      if (this.#found.length > this.#limits.filesMax) return this.#stop('too-many-files', found);
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
    if (this.#signal.aborted) this.#stop('too-slow', found);
  }

  #stop(reason: UnscannableReason, found: Pick<Found, 'path' | 'part'>): void {
    this.#stopped = true;
    this.#report(reason, found);
  }

  #report(reason: UnscannableReason, { path, part }: { path: readonly string[]; part?: number | undefined }): void {
    if (this.#unscannable.length >= UNSCANNABLE_MAX && this.#unscannable.some((known) => known.reason === reason))
      return;
    this.#unscannable.push(part === undefined ? { reason, path } : { reason, path, part });
  }
}
