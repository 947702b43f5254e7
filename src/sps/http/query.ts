import type { FastifyInstance } from 'fastify';
import {
  candidatesPerAnswerMax,
  candidatesPerPrefixMax,
  type PrefixAnswer,
  PrefixRequest,
  PrefixResponse,
} from '../protocol/prefix-query.ts';
import {
  type HashAnswer,
  hashesPerQueryMax as itemsMax,
  paths,
  QueryRequest,
  QueryResponse,
} from '../protocol/protocol.ts';
import type { Charge } from './admission.ts';
import { listCheck } from './check-list.ts';
import type { Knowledge, Known } from './knowledge.ts';

/** How long clients may keep answers, seconds. */
export interface TimesToLive {
  /** That a file is known: malicious, or clean. */
  knownSeconds: number;
  /** That it is not. */
  unknownSeconds: number;
}

/** What queries are answered with. */
export interface QueryOptions {
  /** What counts now; one request is answered from one version. */
  knowledge: () => Knowledge;
  ttl: TimesToLive;
  charge: Charge;
}

/** Adds the two ways to ask: by hash, and by the beginning of hashes. */
export function addQueries(app: FastifyInstance, { knowledge, ttl, charge }: QueryOptions): void {
  const known = (found: Known): HashAnswer => ({
    sha256: found.sha256,
    verdict: found.verdict,
    ...(found.name !== undefined && { name: found.name }),
    ...(found.source !== undefined && { source: found.source }),
    ttlSeconds: ttl.knownSeconds,
  });

  const byHash = {
    schema: { body: QueryRequest, response: { 200: QueryResponse } },
    validatorCompiler: () => listCheck({ schema: QueryRequest, name: 'hashes', item: /^[0-9a-f]{64}$/, itemsMax }),
  };
  app.post<{ Body: QueryRequest }>(paths.query, byHash, (request, reply) => {
    const { hashes } = request.body;
    charge(request, hashes.length - 1);
    const { patternId, patternVersion, find } = knowledge();
    const answers = hashes.map((sha256): HashAnswer => {
      const found = find(sha256);
      return found === undefined ? { sha256, verdict: 'unknown', ttlSeconds: ttl.unknownSeconds } : known(found);
    });
    reply.send({ patternId, patternVersion, answers } satisfies QueryResponse);
  });

  const byPrefix = {
    schema: { body: PrefixRequest, response: { 200: PrefixResponse } },
    validatorCompiler: () => listCheck({ schema: PrefixRequest, name: 'prefixes', item: /^[0-9a-f]{8}$/, itemsMax }),
  };
  app.post<{ Body: PrefixRequest }>(paths.prefixes, byPrefix, (request, reply) => {
    const { prefixes } = request.body;
    charge(request, prefixes.length - 1);
    const { patternId, patternVersion, candidates } = knowledge();
    let left = candidatesPerAnswerMax;
    const answers = prefixes.map((prefix): PrefixAnswer => {
      const found = candidates(prefix, Math.min(left, candidatesPerPrefixMax));
      if (found === undefined) return { prefix, candidates: [], tooMany: true };
      left -= found.length;
      return { prefix, candidates: found.map(known) };
    });
    const { unknownSeconds: ttlSeconds } = ttl;
    reply.send({ patternId, patternVersion, ttlSeconds, answers } satisfies PrefixResponse);
  });
}
