import {
  type HashAnswer,
  type QueryAnswer,
  ReputationFailure,
  type ReputationService,
  type ServerAddress,
} from '../../actors/ports/reputation.ts';
import { PrefixResponse } from '../../sps/protocol/prefix-query.ts';
import { answerBytesMax, Health, hashesPerQueryMax, paths, QueryResponse } from '../../sps/protocol/protocol.ts';
import { decide, prefixesOf } from './by-prefix.ts';
import { openExchange, type SpsConnectionOptions } from './client-options.ts';
import type { Answer, ExchangeRequest } from './exchange.ts';
import { statusFailure } from './failure.ts';
import { jsonReader } from './read-json.ts';

/** How the client works. */
export interface SpsClientOptions extends SpsConnectionOptions {
  /** What the server is told of a file: its SHA-256, or the first four bytes of it. Default `hash`. */
  queryBy?: 'hash' | 'prefix';
}

const readQueryResponse = jsonReader(QueryResponse);
const readPrefixResponse = jsonReader(PrefixResponse);
const readHealth = jsonReader(Health);
/** A health answer is small. */
const healthBytesMax = 16 * 1024;

/** What is asked of Smart Protection Servers; filters come as packages (`../update-source`). */
export type SpsClient = Omit<ReputationService, 'filter'>;

/** The client of Smart Protection Servers. Hashes are asked as given: at most `hashesPerQueryMax` at once. */
export function createSpsClient(options: SpsClientOptions): SpsClient {
  const { queryBy = 'hash', now = Date.now } = options;
  const { exchange, close } = openExchange(options);

  async function send(kind: 'query' | 'other', request: ExchangeRequest, signal: AbortSignal): Promise<Answer> {
    const answer = await exchange(request, signal);
    if (answer.status === 200) return answer;
    throw statusFailure(answer.status, kind, answer.field('retry-after'), now());
  }

  function post(server: ServerAddress, path: string, question: object, signal: AbortSignal): Promise<Answer> {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const body = JSON.stringify(question);
    return send('query', { origin: originOf(server), method: 'POST', path, headers, body, answerBytesMax }, signal);
  }

  async function askByPrefix(server: ServerAddress, asked: readonly string[], signal: AbortSignal) {
    return readPrefixResponse(await post(server, paths.prefixes, { prefixes: prefixesOf(asked) }, signal));
  }

  return {
    async query(server, hashes, signal) {
      const asked = [...new Set(hashes)];
      if (asked.length > hashesPerQueryMax) {
        throw new ReputationFailure('message', `${asked.length} hashes, more than ${hashesPerQueryMax}, in one query`);
      }
      if (queryBy === 'prefix') return decide(asked, await askByPrefix(server, asked, signal));
      const answer = readQueryResponse(await post(server, paths.query, { hashes: asked }, signal));
      checkAnswers(asked, answer.answers);
      return answer satisfies QueryAnswer;
    },

    async connect(server, signal) {
      const request = { origin: originOf(server), method: 'GET', path: paths.health, onNewConnection: true } as const;
      readHealth(await send('other', { ...request, answerBytesMax: healthBytesMax }, signal));
    },

    async close() {
      close();
    },
  };
}

function originOf({ host, port }: ServerAddress): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Exactly one entry for each hash: a missing one must not pass for clean, and one too many says that something is wrong. */
function checkAnswers(asked: readonly string[], answers: readonly HashAnswer[]): void {
  const open = new Set(asked);
  for (const { sha256 } of answers) {
    if (!open.delete(sha256))
      throw new ReputationFailure('response', `an answer to ${sha256}, which was not asked or answered before`);
  }
  if (open.size > 0)
    throw new ReputationFailure('response', `${open.size} of ${asked.length} hashes were not answered`);
}
