import type { ValueType } from './values/value-type.ts';

/** What defaults may be made from; known when every key with a plain default has been read. */
export interface DefaultSource {
  /** The machine's host name. */
  hostName: string;
  /** `[state] folder`, absolute. */
  stateFolder: string;
  /** The first of `[smart_scan] servers`, as `https://host:port`. */
  firstServerUrl: string;
  /** `[smart_scan] query_timeout_ms`. */
  queryTimeoutMs: number;
  /** `[smtp] clients_max`. */
  clientsMax: number;
  /** `[scan] message_seconds_max`. */
  messageSecondsMax: number;
  /** `[scan] message_bytes_max`. */
  unpackedBytesMax: number;
}

/** A default that depends on other values, and how the reference says it. */
export interface DerivedDefault {
  from: (source: DefaultSource) => string;
  /** In words, e.g. `the machine's host name`. */
  doc: string;
}

/** One setting. The unit is in its name; its range is in its type. */
export interface Key<T> {
  type: ValueType<T>;
  /** As it would stand in the file. */
  default: string | DerivedDefault;
  /** What it is for, and what happens at the limit: sentences of Markdown on one line. */
  doc: string;
  /** The version that brought it. */
  since: string;
  /** The value is a secret itself, not a file that holds one: it is never shown nor logged. */
  secret?: true;
}

/** A `[section]` of imss.ini. */
export interface Section<Keys extends Readonly<Record<string, Key<unknown>>> = Readonly<Record<string, Key<unknown>>>> {
  /** What the section is about: a sentence or two of Markdown. */
  doc: string;
  keys: Keys;
}

/** The values of a section, typed by its table. */
export type SectionValues<S extends Section> = {
  readonly [Name in keyof S['keys']]: S['keys'][Name] extends Key<infer T> ? T : never;
};

/** Helps the compiler to keep the type of each key. */
export function section<const Keys extends Readonly<Record<string, Key<unknown>>>>(
  doc: string,
  keys: Keys,
): Section<Keys> {
  return { doc, keys };
}
