import { type JournalState, JournalUnavailable } from '../../actors/ports/journal.ts';
import type { Envelope, Lane } from '../../events/envelope.ts';
import { Erasures } from './erasures.ts';
import { Group } from './group.ts';
import type { CommitReply, ErasureOrder, WriterOptions } from './protocol.ts';
import { ReaderChanges } from './reader-changes.ts';
import { WriterThread } from './writer-thread.ts';

/** Something that whoever runs the gateway should know. */
export interface JournalProblem {
  message: string;
  cause?: unknown;
}

/** How the main thread's half behaves. */
export interface GroupCommitOptions extends WriterOptions {
  /** How long an event may stay in memory when nobody waits for it. */
  lazyFlushMs: number;
  /** Least time from one commit to the next while many wait: trades a little latency for far fewer fsyncs. */
  gatherMs: number;
  /** Memory (bytes, near enough) for events that cannot be written now; what comes beyond it is lost, and told. */
  backlogBytesMax: number;
  /** How long one commit may take before the journal counts as failed. */
  commitMsMax: number;
  /** How often a journal that is not open is tried again, and old events are looked for. */
  retryMs: number;
  onProblem(problem: JournalProblem): void;
}

/** How fast `overlap` follows: some thirty waits. */
const OVERLAP_WEIGHT = 1 / 32;

/** Overlap from which gathering pays. */
const OVERLAP_MIN = 0.1;

/** Attempts at the end to write what is left. */
const CLOSE_ATTEMPTS_MAX = 3;

/**
 * Natural group commit: one request is with the writer, all that arrives meanwhile goes in the next. A lone event
 * pays no wait, many callers share one fsync. A request that failed is sent again, unchanged, until it is written:
 * the writer knows by its first sequence what it has already.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #thread: WriterThread;
  readonly #stateListeners: ((state: JournalState) => void)[] = [];
  readonly #replyListeners = new Set<() => void>();
  readonly #tick: NodeJS.Timeout;
  readonly #erasures: Erasures;
  #state: JournalState = 'open';
  #cause: unknown;
  #head: number;
  /** Where new events go. */
  #next = new Group();
  /** What the writer has, or could not write and will get again. */
  #current: Group | undefined;
  #nextChanges = new ReaderChanges();
  #currentChanges: ReaderChanges | undefined;
  /** When the request was sent that is not answered yet. */
  #sentAtMs: number | undefined;
  #lastSentAtMs = Number.NEGATIVE_INFINITY;
  /** Share of waits that began while another was going on, from 0 (one session) to 1 (many); moves slowly. */
  #overlap = 0;
  #crashesInARow = 0;
  #soon: NodeJS.Immediate | undefined;
  #gather: NodeJS.Timeout | undefined;
  #lazy: NodeJS.Timeout | undefined;
  #isDraining = false;

  constructor(options: GroupCommitOptions, head: number) {
    this.#options = options;
    this.#head = head;
    const { folder, bytesMax, daysMax, freeBytesMin } = options;
    const writerOptions: WriterOptions = { folder, bytesMax, daysMax, freeBytesMin };
    this.#thread = new WriterThread(writerOptions, {
      onReply: (reply) => this.#onReply(reply),
      onErased: ({ id, events }) => this.#erasures.ended(id, events),
      onCrash: (cause) => this.#onCrash(cause),
    });
    this.#erasures = new Erasures((order) => this.#thread.send({ erase: order }));
    this.#tick = setInterval(() => this.#onTick(), options.retryMs).unref();
  }

  get state(): JournalState {
    return this.#state;
  }

  get head(): number {
    return this.#head;
  }

  onState(listener: (state: JournalState) => void): void {
    this.#stateListeners.push(listener);
  }

  /** Calls back after each answer of the writer (and each failure to answer), until the returned function is called. */
  onReply(listener: () => void): () => void {
    this.#replyListeners.add(listener);
    return () => void this.#replyListeners.delete(listener);
  }

  append(lane: Lane, event: Envelope): void {
    const json = this.#encode(event);
    if (json === undefined) return;
    this.#next.add(lane, event, json);
    // While the journal takes nothing, the tick tries again, not each event.
    if (this.#state === 'open') this.#lazy ??= setTimeout(() => this.#send(), this.#options.lazyFlushMs);
  }

  durable(): Promise<void> {
    if (this.#state !== 'open') return Promise.reject(new JournalUnavailable(this.#state, { cause: this.#cause }));
    if (this.#next.lostCount > 0) {
      this.#sendSoon();
      return Promise.reject(new JournalUnavailable('failed', { cause: new Error('events were lost') }));
    }
    const isShared = this.#next.waiters.isAwaited || this.#current?.waiters.isAwaited === true;
    this.#overlap += (Number(isShared) - this.#overlap) * OVERLAP_WEIGHT;
    if (this.#next.count > 0) {
      this.#sendSoon();
      return this.#next.waiters.promise();
    }
    return this.#current?.waiters.promise() ?? Promise.resolve();
  }

  /** A reader's new position, or null to forget the reader; resolves when that is on disk. */
  changeReader(name: string, sequence: number | null): Promise<void> {
    if (this.#isDraining) return Promise.reject(new JournalUnavailable(this.#state, { cause: this.#cause }));
    this.#nextChanges.list.push([name, sequence]);
    // A confirmation may be what a full journal is waiting for; otherwise it can wait for company.
    if (this.#state === 'open') this.#lazy ??= setTimeout(() => this.#send(), this.#options.lazyFlushMs);
    else this.#sendSoon();
    return this.#nextChanges.waiters.promise();
  }

  /** Has something erased; resolves when it is, with the number of events. Goes on at the next start if it must. */
  erase(order: ErasureOrder): Promise<number> {
    return this.#erasures.begin(order);
  }

  /** Starts the writer; resolves when the state is known. */
  start(): Promise<void> {
    return this.#sendAndWait();
  }

  /** Takes no more events and writes what is there, or says that it could not. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    for (let attempt = 0; attempt < CLOSE_ATTEMPTS_MAX && this.#hasWork(); attempt++) await this.#sendAndWait();
    clearInterval(this.#tick);
    clearImmediate(this.#soon);
    clearTimeout(this.#gather);
    clearTimeout(this.#lazy);
    const unwritten = this.#next.count + (this.#current?.count ?? 0);
    if (unwritten > 0) this.#options.onProblem({ message: `journal ends with ${unwritten} events not written` });
    // No listener is told: an end that was asked for is no problem.
    this.#state = 'failed';
    this.#cause = new Error('the journal is closed');
    this.#rejectWaiters();
  }

  /** Ends the thread. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  /** The event as a line; undefined, and told, when it cannot be kept. */
  #encode(event: Envelope): string | undefined {
    if (this.#isDraining) return this.#lose('it came after the end', undefined);
    // Once over the limit it stays so until a commit succeeds: what is lost is one stretch at the end, no sieve.
    if (this.#next.length + (this.#current?.length ?? 0) > this.#options.backlogBytesMax) {
      this.#change('failed', new Error('the disk is too slow'));
      return this.#lose(`more than ${this.#options.backlogBytesMax} bytes wait to be written`, this.#cause);
    }
    try {
      return JSON.stringify(event);
    } catch (error) {
      return this.#lose(`${event.type} is not JSON`, error);
    }
  }

  /**
   * Waits for the end of the event loop's turn, so that all callers of this turn share the commit. When callers
   * overlap anyway, waits until `gatherMs` after the last commit; one caller alone would only be slower by that.
   */
  #sendSoon(): void {
    if (this.#sentAtMs !== undefined || this.#soon !== undefined || this.#gather !== undefined) return;
    const waitMs = this.#overlap < OVERLAP_MIN ? 0 : this.#lastSentAtMs + this.#options.gatherMs - performance.now();
    if (waitMs > 0) this.#gather = setTimeout(() => this.#send(), waitMs);
    else this.#soon = setImmediate(() => this.#send());
  }

  #send(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#lazy);
    clearTimeout(this.#gather);
    this.#soon = undefined;
    this.#gather = undefined;
    this.#lazy = undefined;
    if (this.#sentAtMs !== undefined) return;
    if (this.#current === undefined) this.#takeNext();
    if (this.#currentChanges === undefined) {
      this.#currentChanges = this.#nextChanges;
      this.#nextChanges = new ReaderChanges();
    }
    this.#sentAtMs = performance.now();
    this.#lastSentAtMs = this.#sentAtMs;
    const { count, chunks, marks } = this.#current ?? new Group();
    this.#thread.send({ first: this.#head + 1, count, chunks, marks, readers: this.#currentChanges.list });
  }

  #takeNext(): void {
    if (this.#next.lostCount > 0) this.#options.onProblem({ message: `journal lost ${this.#next.lostCount} events` });
    if (this.#next.count > 0) this.#current = this.#next;
    if (this.#next.count > 0 || this.#next.lostCount > 0) this.#next = new Group();
  }

  #onReply(reply: CommitReply): void {
    this.#sentAtMs = undefined;
    this.#crashesInARow = 0;
    const changes = this.#currentChanges;
    this.#currentChanges = undefined;
    if (reply.isCommitted) changes?.waiters.resolve();
    else changes?.waiters.reject(new JournalUnavailable(reply.state, { cause: reply.cause }));
    if (this.#current !== undefined && reply.head >= this.#head + this.#current.count) {
      this.#head += this.#current.count;
      this.#current.waiters.resolve();
      this.#current = undefined;
    }
    this.#change(reply.state, reply.cause);
    for (const listener of this.#replyListeners) listener();
    if (this.#state !== 'open') return;
    if (this.#next.waiters.isAwaited) this.#sendSoon();
    else if (this.#next.count > 0 || this.#nextChanges.list.length > 0) {
      this.#lazy ??= setTimeout(() => this.#send(), this.#options.lazyFlushMs);
    }
  }

  #onCrash(cause: unknown): void {
    this.#sentAtMs = undefined;
    this.#crashesInARow += 1;
    this.#options.onProblem({ message: 'journal writer crashed, starting another', cause });
    this.#erasures.again();
    // The first time those who wait need not notice. After that the next tick tries again.
    if (this.#crashesInARow === 1) this.#send();
    else this.#change('failed', cause);
    for (const listener of this.#replyListeners) listener();
  }

  #onTick(): void {
    if (this.#sentAtMs === undefined) this.#send();
    else if (performance.now() - this.#sentAtMs > this.#options.commitMsMax) {
      this.#change('failed', new Error(`a commit takes longer than ${this.#options.commitMsMax} ms`));
      for (const listener of this.#replyListeners) listener();
    }
  }

  #change(state: JournalState, cause: unknown): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#cause = cause;
    if (state !== 'open') {
      this.#options.onProblem({ message: `journal is ${state}`, cause });
      this.#rejectWaiters();
    }
    for (const listener of this.#stateListeners) listener(state);
  }

  #rejectWaiters(): void {
    const error = new JournalUnavailable(this.#state, { cause: this.#cause });
    this.#current?.waiters.reject(error);
    this.#next.waiters.reject(error);
  }

  #lose(why: string, cause: unknown): undefined {
    this.#next.lostCount += 1;
    if (this.#next.lostCount === 1) this.#options.onProblem({ message: `journal loses events: ${why}`, cause });
  }

  #sendAndWait(): Promise<void> {
    return new Promise((resolve) => {
      const off = this.onReply(() => {
        off();
        resolve();
      });
      this.#send();
    });
  }

  #hasWork(): boolean {
    return (
      this.#sentAtMs !== undefined ||
      this.#current !== undefined ||
      this.#next.count + this.#nextChanges.list.length > 0
    );
  }
}
