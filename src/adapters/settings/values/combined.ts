import { InvalidValue, type ValueContext, type ValueType } from './value-type.ts';

/** Also accepts nothing: an empty text is `undefined`. */
export function optional<T>(type: ValueType<T>): ValueType<T | undefined> {
  return {
    must: `empty or ${type.must}`,
    parse: (text, context) => (text === '' ? undefined : parseAs(type, text, context, `must be empty or ${type.must}`)),
  };
}

/** Comma-separated values, from `min` to `max` of them, none twice. */
export function list<T>(item: ValueType<T>, { min = 1, max }: { min?: number; max: number }): ValueType<readonly T[]> {
  const must = `${min} to ${max} values parted by commas, each ${item.must}`;
  return {
    must,
    parse(text, context) {
      const parts = text === '' ? [] : text.split(',').map((part) => part.trim());
      const twice = parts.find((part, index) => parts.indexOf(part) !== index);
      if (twice !== undefined) throw new InvalidValue(`names ${twice} twice`);
      if (parts.length < min || parts.length > max) throw new InvalidValue(`must be ${must}`);
      return parts.map((part) => parseAs(item, part, context, `must be ${must} (not so: ${part || 'nothing'})`));
    },
  };
}

function parseAs<T>(type: ValueType<T>, text: string, context: ValueContext, otherwise: string): T {
  try {
    return type.parse(text, context);
  } catch (error) {
    // A type's own sentence says more than the range does; keep it.
    if (error instanceof InvalidValue && error.message === `must be ${type.must}`) throw new InvalidValue(otherwise);
    throw error;
  }
}
