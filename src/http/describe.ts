import { Problem } from './problem.ts';

/** An answer in an OpenAPI document. */
interface Described {
  description: string;
  headers?: object;
  content: object;
}

/** An answer with JSON of this schema. */
export function json(description: string, schema: unknown, headers?: object): Described {
  return { description, ...(headers && { headers }), content: { 'application/json': { schema } } };
}

/** An error. */
export function problem(description: string, headers?: object): Described {
  return { description, ...(headers && { headers }), content: { 'application/problem+json': { schema: Problem } } };
}

/** A header field of an answer. */
export function header(description: string): object {
  return { description, schema: { type: 'string' } };
}
