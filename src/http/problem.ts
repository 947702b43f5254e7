import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';

/** Every error (RFC 9457), as `application/problem+json`. */
export const Problem = Type.Object({
  type: Type.Literal('about:blank'),
  title: Type.String({ description: 'The phrase of the status' }),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  detail: Type.Optional(Type.String({ description: 'What is wrong with the request; absent from 5xx' })),
});
export type Problem = Static<typeof Problem>;

/** Every error leaves as problem JSON (RFC 9457), without stack traces and, for 5xx, without details. */
export function answerProblems(app: FastifyInstance, onProblem: (problem: string) => void): void {
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, 404, `nothing at ${request.method} ${pathOf(request.url)}`),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return sendProblem(reply, status, error.message);
    onProblem(`${request.method} ${pathOf(request.url)} failed: ${error.message}`);
    return sendProblem(reply, status);
  });
}

/** Sends one error. The detail is for whoever made the request. */
export function sendProblem(reply: FastifyReply, status: number, detail?: string): FastifyReply {
  return reply.code(status).type('application/problem+json').send(problem(status, detail));
}

/** The body of an error. */
export function problem(status: number, detail?: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, ...(detail === undefined ? {} : { detail }) };
}

/** The answer to what is no HTTP. */
export function answerMalformed(_error: Error, socket: Socket): void {
  if (socket.writable) socket.end(malformed);
  else socket.destroy();
}

const malformedBody = JSON.stringify(problem(400, 'malformed request'));
const malformed = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: application/problem+json',
  `Content-Length: ${Buffer.byteLength(malformedBody)}`,
  'Connection: close',
  '',
  malformedBody,
].join('\r\n');

function pathOf(url: string): string {
  return (url.split('?')[0] ?? '').slice(0, 200);
}
