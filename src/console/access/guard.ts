import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressBlock } from '../../http/address-block.ts';
import { sendProblem } from '../../http/problem.ts';
import { type Allowance, createTokenBuckets } from '../../http/token-buckets.ts';
import type { Operation } from '../protocol/operations.ts';
import type { TokenHolder, Tokens } from './tokens.ts';

/** Wrong tokens that one address (of IPv6 the /64) may show: ten at once, then one in ten seconds. */
const wrongTokens: Allowance = { perSecond: 0.1, burst: 10 };
/** What is told of one who is refused: a log must not be filled from outside. */
const tellings: Allowance = { perSecond: 1 / 60, burst: 3 };
const addressesMax = 10_000;

export interface GuardOptions {
  tokens: Tokens;
  /** The operation of a route; undefined where there is none. */
  operationOf: (request: FastifyRequest) => Operation | undefined;
  onProblem: (problem: string) => void;
}

/** Who asks, of a request that was let in. */
export type Holder = (request: FastifyRequest) => TokenHolder;

/**
 * Lets in who shows a token whose role may do what is asked: 401, 403, and 429 for who goes on with wrong ones. A right token is
 * never held back: else whoever shares an address with an administrator could lock them out.
 */
export function addGuard(app: FastifyInstance, { tokens, operationOf, onProblem }: GuardOptions): Holder {
  const wrong = createTokenBuckets(addressesMax, () => performance.now());
  const told = createTokenBuckets(addressesMax, () => performance.now());
  const holders = new WeakMap<FastifyRequest, TokenHolder>();
  const tell = (who: string, problem: string) => {
    if (told.waitSeconds(who, tellings) > 0) return;
    told.take(who, tellings, 1);
    onProblem(`admin API: ${problem}`);
  };

  function refuse(request: FastifyRequest, reply: FastifyReply, isShown: boolean): void {
    const from = addressBlock(request.ip);
    const waitSeconds = isShown ? wrong.waitSeconds(from, wrongTokens) : 0;
    if (waitSeconds > 0) {
      tell(from, `${from} shows one wrong token after the other`);
      const seconds = Math.ceil(waitSeconds);
      return void sendProblem(reply.header('retry-after', String(seconds)), 429, 'too many wrong tokens');
    }
    if (isShown) wrong.take(from, wrongTokens, 1);
    // RFC 6750 3: the error is named only to who has shown something.
    reply.header('www-authenticate', `Bearer realm="sekisho"${isShown ? ', error="invalid_token"' : ''}`);
    sendProblem(reply, 401, isShown ? 'this token is not known here, or has expired' : 'show a token');
  }

  app.addHook('onRequest', (request, reply, done) => {
    const operation = operationOf(request);
    // What does not exist is 404 for everybody.
    if (operation === undefined) return done();
    const { authorization } = request.headers;
    const token = /^Bearer +([\x21-\x7e]{1,256}) *$/i.exec(authorization ?? '')?.[1];
    const holder = token === undefined ? undefined : tokens.holderOf(token);
    if (holder === undefined) return refuse(request, reply, authorization !== undefined);
    if (!operation.roles.includes(holder.role)) {
      tell(`token ${holder.name}`, `${holder.name} (${holder.role}) may not ${operation.method} ${operation.path}`);
      return void sendProblem(reply, 403, `${holder.role} may not do this; who may: ${operation.roles.join(', ')}`);
    }
    holders.set(request, holder);
    done();
  });

  return (request) => {
    const holder = holders.get(request);
    if (holder === undefined) throw new Error('a request was answered that was not let in');
    return holder;
  };
}
