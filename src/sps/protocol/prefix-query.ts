import Type, { type Static } from 'typebox';
import { HashAnswer, hashesPerQueryMax, patternId, ttlSeconds, version } from './protocol.ts';

/**
 * Asking by the beginning of hashes: the server answers with every hash it knows that begins so, and whoever asks decides.
 * What the file is, the server does not learn: 2^224 hashes begin alike.
 */

/** Hexadecimal digits of a prefix: four bytes. */
export const prefixDigits = 8;
/**
 * Most candidates of one prefix. Fifty million hashes have 0.012 on average, and by chance never more than six: so many
 * were made to begin alike.
 */
export const candidatesPerPrefixMax = 64;
/** Most candidates of one answer: with the longest names and sources it keeps to `answerBytesMax`. */
export const candidatesPerAnswerMax = 1600;

const prefix = Type.String({
  pattern: '^[0-9a-f]{8}$',
  description: 'First four bytes of a SHA-256, lower-case hexadecimal',
});

/** Body of `POST /v1/prefixes`. */
export const PrefixRequest = Type.Object(
  { prefixes: Type.Array(prefix, { minItems: 1, maxItems: hashesPerQueryMax, uniqueItems: true }) },
  { additionalProperties: false },
);
export type PrefixRequest = Static<typeof PrefixRequest>;

/** What is known of hashes that begin so: either all of it, or nothing because it is too much. */
export const PrefixAnswer = Type.Object({
  prefix,
  candidates: Type.Array(HashAnswer, { maxItems: candidatesPerPrefixMax }),
  tooMany: Type.Optional(
    Type.Literal(true, { description: 'More than an answer holds: nothing is said of this prefix' }),
  ),
});
export type PrefixAnswer = Static<typeof PrefixAnswer>;

/** Answer of `POST /v1/prefixes`: one entry for each prefix that was asked, in any order. */
export const PrefixResponse = Type.Object({
  patternId,
  patternVersion: version,
  /** For the hashes that are not among the candidates. */
  ttlSeconds,
  answers: Type.Array(PrefixAnswer, { maxItems: hashesPerQueryMax }),
});
export type PrefixResponse = Static<typeof PrefixResponse>;
