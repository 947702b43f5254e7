import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import type { Answer } from './exchange.ts';

/** Reads a JSON answer and checks it against a schema. Throws `ReputationFailure` (response). */
export type ReadJson<T> = (answer: Answer) => T;

/** A reader for one schema, compiled once. */
export function jsonReader<S extends TSchema>(schema: S): ReadJson<Static<S>> {
  const validator: Validator = Compile(schema);
  return (answer) => {
    const type = answer.field('content-type');
    if (!/^application\/json *(;|$)/i.test(type ?? '')) throw failure(`the answer is of type ${type ?? 'none'}`);
    let value: unknown;
    try {
      value = JSON.parse(answer.body.toString('utf8'));
    } catch (error) {
      throw failure('the answer is not JSON', error);
    }
    if (validator.Check(value)) return value as Static<S>;
    const [first] = validator.Errors(value);
    throw failure(`the answer is malformed: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  };
}

function failure(reason: string, cause?: unknown): ReputationFailure {
  return new ReputationFailure('response', reason.slice(0, 300), { cause });
}
