import { connect } from 'node:net';
import { type FailureKind, ReputationFailure } from '../../actors/ports/reputation.ts';
import type { ClamdAddress } from './address.ts';

/** Longest reply, bytes: names of malware are shorter. */
const REPLY_BYTES_MAX = 10_000;

const kindByCode: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'refused',
  // Of a unix socket: nobody has made it, or it is not ours to use.
  ENOENT: 'refused',
  EACCES: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
};

/**
 * Sends pieces on a connection of its own and resolves with the reply, without its NUL. A reply ends the sending. Throws
 * `ReputationFailure`; a connection that ends without a reply is `reset`.
 */
export function exchange(
  { to }: ClamdAddress,
  pieces: Iterable<Uint8Array>,
  connectMs: number,
  signal: AbortSignal,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ ...to, noDelay: true });
  const left = pieces[Symbol.iterator]();
  let reply = '';
  const fail = (kind: FailureKind, message: string, cause?: unknown) =>
    reject(new ReputationFailure(kind, message, { cause }));
  const late = setTimeout(() => fail('timeout', `no connection within ${connectMs} ms`), connectMs);
  const give = () => fail('timeout', 'given up');
  const send = () => {
    for (let next = left.next(); !next.done; next = left.next()) if (!socket.write(next.value)) return;
  };
  socket
    .once('connect', () => {
      clearTimeout(late);
      send();
    })
    .on('drain', send)
    .on('data', (bytes) => {
      reply += bytes.toString('latin1');
      const end = reply.indexOf('\0');
      if (end >= 0) resolve(Buffer.from(reply.slice(0, end), 'latin1').toString());
      else if (reply.length > REPLY_BYTES_MAX) fail('response', 'its reply has no end');
    })
    .on('error', (error: NodeJS.ErrnoException) => {
      // What was said before the connection broke is still to be read.
      if (socket.readable) setImmediate(() => fail(kindOf(error), error.message, error));
      else fail(kindOf(error), error.message, error);
    })
    .once('close', () => setImmediate(() => fail('reset', 'the connection ended without a reply')));
  if (signal.aborted) give();
  signal.addEventListener('abort', give, { once: true });
  return promise.finally(() => {
    clearTimeout(late);
    signal.removeEventListener('abort', give);
    socket.destroy();
  });
}

function kindOf(error: NodeJS.ErrnoException | AggregateError): FailureKind {
  const [first] = error instanceof AggregateError ? (error.errors as NodeJS.ErrnoException[]) : [];
  return kindByCode[('code' in error ? error.code : first?.code) ?? ''] ?? 'response';
}
