import Type, { type Static } from 'typebox';

/** Most hashes in one query; whoever has more asks in several queries. */
export const hashesPerQueryMax = 1000;
/** Longest body of a query, bytes: 1000 hashes of 64 digits take 67 KB. */
export const queryBytesMax = 128 * 1024;
/** Longest answer to a query, bytes. */
export const answerBytesMax = 1024 * 1024;
/** Header field of `GET /v1/filter`: id of the smart scan pattern that the filter covers. */
export const patternIdHeader = 'sekisho-pattern-id';

/** The resources by name; those of components are in `component-package.ts`. */
export const paths = {
  query: '/v1/query',
  prefixes: '/v1/prefixes',
  filter: '/v1/filter',
  health: '/v1/health',
} as const;

/** SHA-256 of a file. */
export const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256, lower-case hexadecimal' });
/** Which smart scan pattern an answer is from. */
export const patternId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'Which smart scan pattern this server serves; servers of one list must agree',
});
/** Version of a product. */
export const version = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[\\x21\\x23-\\x7e]+$',
  description: 'Changes with every content; equals the ETag without its quotes',
});

/** Most time that an answer may be kept, seconds. */
export const ttlSecondsMax = 86_400;
/** How long an answer may be kept. */
export const ttlSeconds = Type.Integer({
  minimum: 0,
  maximum: ttlSecondsMax,
  description: 'How long the answer may be kept; another version ends it before',
});

/** Body of `POST /v1/query`. */
export const QueryRequest = Type.Object(
  { hashes: Type.Array(sha256, { minItems: 1, maxItems: hashesPerQueryMax, uniqueItems: true }) },
  { additionalProperties: false },
);
export type QueryRequest = Static<typeof QueryRequest>;

/** What is known of one hash. */
export const HashAnswer = Type.Object({
  sha256,
  verdict: Type.Union([Type.Literal('malicious'), Type.Literal('clean'), Type.Literal('unknown')]),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Name of the malware' })),
  source: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: 'Who says so: a source of the data' }),
  ),
  ttlSeconds,
});
export type HashAnswer = Static<typeof HashAnswer>;

/** Answer of `POST /v1/query`: one entry for each hash that was asked, in any order. */
export const QueryResponse = Type.Object({
  patternId,
  patternVersion: version,
  answers: Type.Array(HashAnswer, { maxItems: hashesPerQueryMax }),
});
export type QueryResponse = Static<typeof QueryResponse>;

/** Answer of `GET /v1/health`. */
export const Health = Type.Object({
  status: Type.Literal('ok'),
  patternId,
  patternVersion: version,
  followedSeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'Since the server that this one follows said that this is what it serves',
    }),
  ),
});
export type Health = Static<typeof Health>;
