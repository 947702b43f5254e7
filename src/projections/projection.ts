import type { Envelope, Lane } from '../events/envelope.ts';
import type { Eraser } from '../events/personal.ts';

/** What a column of a table holds; `time` is ms since 1970. */
export type ColumnType = 'text' | 'integer' | 'time';

/** A table of a view: rows found by a key, and by columns that have an index. */
export interface Table {
  /** Values that queries look for, besides the whole row, which is kept as JSON. Made from the row by the store. */
  columns: Readonly<Record<string, ColumnType>>;
  /**
   * The indexes: columns that queries ask for by value, then at most one that they bound and sort by. When absent, each
   * column has one of its own.
   */
  indexes?: readonly (readonly string[])[];
}

/** JSON. */
export type Row = Readonly<Record<string, unknown>>;

/** What the fold may look at: the view as the events before this one made it. */
export interface Rows {
  get(table: string, key: string): Row | undefined;
}

/** One change of the view. Without a row, the row of that key goes. */
export interface Change {
  table: string;
  key: string;
  row?: Row;
}

/** Rows with personal data, and how that is taken out. */
export interface PersonalRows {
  /** The table whose rows are looked through; it has a column `time`. */
  table: string;
  /**
   * The changes that take personal data out of a row, and of others that belong to it. They must leave what folding the erased
   * events would make, so that a rebuild gives the same.
   */
  erase(row: Row, eraser: Eraser, rows: Rows): readonly Change[];
}

/** Rows that go when they are older than the view is to remember. */
export interface AgingRows {
  /** Their table; it has one column of type `time`. */
  table: string;
  /** The changes that remove what belongs to a row in tables without a time. */
  with?(row: Row): readonly Change[];
}

/**
 * A read model: a name, and a pure fold of the log. It may be deleted at any time and is rebuilt from the log with the same
 * result, which depends only on the order of events within an aggregate (invariant 5).
 */
export interface Projection {
  /** Kebab-case; names the store, the reader of the journal and the consumer group `sekisho.<name>`. */
  name: string;
  /** One sentence for `sekisho projections list`. */
  about: string;
  /** Raised when the fold or the tables change: the view is then rebuilt by itself. */
  version: number;
  /** Lanes that are read. */
  lanes: readonly Lane[];
  /** Only events whose type begins so; all when absent. */
  types?: readonly string[];
  tables: Readonly<Record<string, Table>>;
  /** Absent where rows hold no personal data. Who has it reads `personalEvents`, and has the table `erasuresTable`. */
  personal?: PersonalRows;
  /** What grows with time, and is forgotten. A test says of every table whether it is, and why not. */
  ages?: readonly AgingRows[];
  /**
   * The changes that an event makes. Pure; each event is folded once. What it throws parks the event: it goes to the dead
   * letters with the reason, and the rest goes on.
   */
  fold(event: Envelope, rows: Rows): readonly Change[];
}
