import { type FileHandle, open } from 'node:fs/promises';
import type { FastifyReply } from 'fastify';

/** What of a file is sent. */
export interface Part {
  start: number;
  /** The last byte. */
  end: number;
}

/** Sends a file as a whole. */
export async function sendFile(reply: FastifyReply, path: string): Promise<FastifyReply> {
  return stream(reply, await open(path), undefined);
}

/**
 * Sends a file that never changes, or a part of it (RFC 9110 14): so a download that broke off goes on. Several ranges at once are
 * answered with the whole.
 * @param tag its entity tag
 */
export async function sendUnchanging(reply: FastifyReply, path: string, tag: string): Promise<FastifyReply> {
  const { range, 'if-range': ifRange } = reply.request.headers;
  const handle = await open(path);
  reply
    .header('accept-ranges', 'bytes')
    .header('etag', tag)
    .header('cache-control', 'public, max-age=31536000, immutable');
  const wanted = ifRange === undefined || ifRange === tag ? range : undefined;
  return stream(reply, handle, wanted);
}

async function stream(reply: FastifyReply, handle: FileHandle, range: string | undefined): Promise<FastifyReply> {
  const { size } = await handle.stat();
  const part = partOf(range, size);
  if (part === 'not satisfiable') {
    await handle.close();
    return reply.code(416).header('content-range', `bytes */${size}`).send();
  }
  reply.type('application/octet-stream');
  if (part === 'whole') return reply.header('content-length', size).send(handle.createReadStream());
  reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${size}`);
  reply.header('content-length', part.end - part.start + 1);
  return reply.send(handle.createReadStream(part));
}

/** What a `Range` field asks for; what is no such field is as none. */
export function partOf(range: string | undefined, size: number): Part | 'whole' | 'not satisfiable' {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(range?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'not satisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'not satisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
