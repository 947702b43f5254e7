/** What a value type may need to know of the place where the text stands. */
export interface ValueContext {
  /** Folder that relative paths start from: the settings file's own, or the working folder. */
  folder: string;
}

/** How the text of a setting becomes a value. */
export interface ValueType<T> {
  /** Completes "must be …": kind and range, e.g. `an integer from 100 to 60000`. */
  readonly must: string;
  /** The value, deeply read-only; throws `InvalidValue` when the text is not one. */
  parse(text: string, context: ValueContext): T;
}

/** The text is no value of its type; the message completes "must be …" or is a sentence of its own. */
export class InvalidValue extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidValue';
  }
}

/** A value type from a function that gives undefined for a text that is not one. */
export function valueType<T>(must: string, read: (text: string, context: ValueContext) => T | undefined): ValueType<T> {
  return {
    must,
    parse(text, context) {
      const value = read(text, context);
      if (value === undefined) throw new InvalidValue(`must be ${must}`);
      return value;
    },
  };
}
