import type { Row, Rows } from '../projection.ts';

/** A change made ready for the store: the row as JSON, and the values of its columns. */
export interface StoredChange {
  table: string;
  key: string;
  /** Absent when the row goes. */
  row?: string;
  /** In the order of the table's columns; null where the row has no such value. */
  values: readonly (string | number | null)[];
}

/** An event that could not be folded. */
export interface Parked {
  stream: string;
  offset: number;
  reason: string;
  /** At most `parkedTextMax` characters of it. */
  text: string;
  /** When it was parked, ms since 1970. */
  timeMs: number;
}

/** Characters of a parked event that are kept: a whole event of ours is far shorter. */
export const parkedTextMax = 65_536;

/** A row where it stands in time. */
export interface TimedRow {
  key: string;
  row: Row;
  /** ms since 1970. */
  timeMs: number;
}

/** One transaction on one generation of a view: all of it is durable, or nothing happened. */
export interface ViewTransaction extends Rows {
  /** Last offset of the stream that is handled; also when another process moved it meanwhile. */
  position(stream: string): number | undefined;
  move(stream: string, offset: number): void;
  /** Whether no event of this id was taken from this stream before; from now on it was. */
  takeId(stream: string, id: string): boolean;
  /**
   * Rows of a table by its column of type `time`, from one moment up to another (ms since 1970), that one not included; read
   * bit by bit, while they may be changed or removed.
   */
  rowsOfTime(table: string, fromMs: number, beforeMs: number): Iterable<TimedRow>;
  apply(change: StoredChange): void;
  park(parked: Parked): void;
  /** Takes every parked event out, oldest first, for another try. */
  takeParked(): readonly Parked[];
}

/** One generation of a view, for writing. */
export interface ViewWriter {
  /** Whether queries are answered from it; else it is being built beside the one that they are answered from. */
  isServed(): boolean;
  positions(): ReadonlyMap<string, number>;
  /** Runs the work in one transaction; what it throws undoes all of it and is thrown on. */
  transact<Result>(work: (transaction: ViewTransaction) => Result): Result;
  /**
   * In one transaction: queries are answered from this generation, and the old one goes. False, with nothing done, while
   * the old one has handled more of some stream, since another process still folds into it.
   * @param gone streams in which the served generation is not waited for: what it had read there is not there any more
   */
  publish(gone?: ReadonlySet<string>): boolean;
  /** The oldest parked events that nobody was told of yet. Not those that the generation before had parked, too. */
  unannounced(): readonly Parked[];
  /** These have been told. */
  announced(told: readonly Parked[]): void;
}

/** What is looked for in a table. */
export interface Query {
  /** Columns with the value, or one of the values, that they must have. */
  where?: Readonly<Record<string, string | number | readonly (string | number)[]>>;
  /** Bounds of a column, or of the rows' `key`; `before` is not included. */
  range?: { column: string; from?: number | string; before?: number | string };
  /** The column to sort by, or `key`; as the rows were made when absent. */
  orderBy?: string;
  newestFirst?: boolean;
  limit?: number;
}

/** A view as queries see it: always one whole generation. */
export interface ViewReader {
  get(table: string, key: string): Row | undefined;
  /** The rows that match, read bit by bit. The generation that it began with stays whole until it ends. */
  query(table: string, query?: Query): Iterable<Row>;
  /** Oldest first; at most the newest 10 000 are kept. */
  parked(): readonly Parked[];
  positions(): ReadonlyMap<string, number>;
  /** Version of the projection that made what is seen; undefined when nothing is there yet. */
  version(): number | undefined;
  close(): void;
}

/** The store of one projection. */
export interface ViewStore extends ViewReader {
  /** The generation that queries see; undefined when there is none, or when another version or source made it. */
  served(): ViewWriter | undefined;
  /**
   * A generation to fold into: the first one ever is served at once, a later one is built beside the served one until
   * `publish`. One that was begun before goes on, unless `anew`.
   */
  begin(anew?: boolean): ViewWriter;
  /** Resolves when the store was taken away, as another process found it damaged, or when the signal aborts. */
  taken(signal: AbortSignal): Promise<void>;
}

/** The generation is gone: another process began or finished a rebuild. Begin again. */
export class GenerationGone extends Error {
  constructor(projection: string) {
    super(`the view ${projection} was rebuilt by another process meanwhile`);
    this.name = 'GenerationGone';
  }
}
