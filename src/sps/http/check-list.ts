import type { TObject } from 'typebox';
import { Compile } from 'typebox/compile';

/** What a body with one list must be. */
export interface ListRule {
  /** The whole rule, for the words of a refusal. */
  schema: TObject;
  /** Its only field. */
  name: string;
  item: RegExp;
  itemsMax: number;
}

/**
 * Checks a body that is one list of different texts, in a third of the time that a check by the schema takes (15 µs for ten hashes, more than
 * all that is looked up for them): what passes here is right, and anything else is given to the schema. Is a validator of Fastify.
 */
export function listCheck({ schema, name, item, itemsMax }: ListRule): (body: unknown) => true | { error: Error } {
  const whole = Compile(schema);
  const isRight = (body: unknown): boolean => {
    if (typeof body !== 'object' || body === null || Object.keys(body).length !== 1) return false;
    const list: unknown = (body as Readonly<Record<string, unknown>>)[name];
    if (!Array.isArray(list) || list.length === 0 || list.length > itemsMax) return false;
    for (const each of list) if (typeof each !== 'string' || !item.test(each)) return false;
    return list.length === 1 || new Set(list).size === list.length;
  };
  return (body) => {
    if (isRight(body) || whole.Check(body)) return true;
    const [first] = whole.Errors(body);
    return { error: new Error(`body${first?.instancePath ?? ''} ${first?.message ?? 'is malformed'}`) };
  };
}
