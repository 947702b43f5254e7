import type { Dispatcher } from 'undici';
import { ReputationFailure } from '../../actors/ports/reputation.ts';
import { failureOf, type Phase } from './failure.ts';
import type { Line } from './line.ts';
import type { Lines } from './lines.ts';

/** One request. */
export interface ExchangeRequest {
  /** `https://host:port`. */
  origin: string;
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Longest answer, bytes. */
  answerBytesMax: number;
  /** Takes the content of a success piece by piece instead of `Answer.body`, for what is too large for memory. */
  receive?: (answer: Omit<Answer, 'body'>) => Receiver;
  /** Makes a connection of its own, to see whether that works (D13). */
  onNewConnection?: boolean;
}

/** Takes a piece of content; the next one comes when it is done. */
export type Receiver = (piece: Buffer) => void | Promise<void>;

/** A whole answer, of whatever status. */
export interface Answer {
  status: number;
  /** A header field, the first if there are several; names in lower case. */
  field(name: string): string | undefined;
  body: Buffer;
}

/** Requests go out here. Rejects with `ReputationFailure` only. */
export type Exchange = (request: ExchangeRequest, signal: AbortSignal) => Promise<Answer>;

/** Makes the function that sends requests over these lines. */
export function createExchange(lines: Lines, viaProxy: boolean): Exchange {
  /** One attempt. `isStale` is true when a kept connection broke before the answer began. */
  async function attempt(line: Line, request: ExchangeRequest, signal: AbortSignal) {
    let phase: Phase = 'before-answer';
    // While it connects, undici does not look at the signal.
    const giveUp = () => line.destroy();
    try {
      signal.throwIfAborted();
      signal.addEventListener('abort', giveUp, { once: true });
      const { origin, method, path, headers = {}, body = null } = request;
      const given = await line.dispatcher.request({ origin, method, path, headers, body });
      phase = 'in-answer';
      const answer = await readAnswer(given, request);
      line.isUsed = true;
      return { answer };
    } catch (error) {
      if (signal.aborted) return { failure: new ReputationFailure('timeout', 'no answer in time'), isStale: false };
      const failure = failureOf(error, phase, viaProxy);
      return { failure, isStale: phase === 'before-answer' && failure.kind === 'reset' && line.isUsed };
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** On a new connection, which is closed afterwards. */
  async function anew(request: ExchangeRequest, signal: AbortSignal): Promise<Answer> {
    const line = lines.fresh(request.origin);
    const outcome = await attempt(line, request, signal);
    line.destroy();
    if (outcome.failure) throw outcome.failure;
    return outcome.answer;
  }

  return async (request, signal) => {
    if (request.onNewConnection) return anew(request, signal);
    const line = await lines.take(request.origin, signal);
    const outcome = await attempt(line, request, signal);
    lines.give(request.origin, line, outcome.failure === undefined);
    if (!outcome.failure) return outcome.answer;
    // The server closed a connection that it had kept, at the moment we used it: no failure of the server. Every
    // request can be repeated (a query changes nothing), but only once.
    if (outcome.isStale) return anew(request, signal);
    throw outcome.failure;
  };
}

async function readAnswer(
  given: Dispatcher.ResponseData,
  { answerBytesMax: bytesMax, receive }: ExchangeRequest,
): Promise<Answer> {
  const field = (name: string) => [given.headers[name]].flat()[0];
  const body = given.body;
  const refuse = (reason: string) => {
    // The rest of the answer is of no interest; its connection is dropped with the line.
    body.on('error', () => {}).destroy();
    return new ReputationFailure('response', reason);
  };
  const tooLong = `the answer is longer than ${bytesMax} bytes`;
  if (Number(field('content-length') ?? 0) > bytesMax) throw refuse(tooLong);
  // We never ask for one; unpacking could take any amount of memory.
  if (field('content-encoding') !== undefined) throw refuse('the answer has a content encoding');
  const chunks: Buffer[] = [];
  const start = { status: given.statusCode, field };
  const take = (start.status < 300 && receive?.(start)) || ((piece: Buffer) => void chunks.push(piece));
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bytesMax) throw refuse(tooLong);
    await take(chunk);
  }
  return { ...start, body: Buffer.concat(chunks) };
}
