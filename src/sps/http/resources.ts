import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Publisher } from '../products/publisher.ts';
import { entityTag, matchesVersion } from '../protocol/entity-tag.ts';
import type { PatternManifest } from '../protocol/protocol.ts';
import { paths, patternIdHeader } from '../protocol/protocol.ts';
import { sendProblem } from './problem.ts';
import { addQueries, type QueryOptions } from './query.ts';

/** What the resources are made of. */
export interface ResourceOptions {
  publisher: Publisher;
  queries: QueryOptions;
}

/** Adds every resource of `protocol.ts` to the server. */
export function addResources(app: FastifyInstance, options: ResourceOptions): void {
  const { publisher } = options;
  addQueries(app, options.queries);
  addPatterns(app, publisher);

  app.get(paths.filter, async (request, reply) => {
    const { directory, filter, patternId } = publisher.current();
    const file = filter.files[0];
    reply.header('etag', entityTag(filter.version)).header(patternIdHeader, patternId);
    reply.header('cache-control', 'no-cache');
    if (matchesVersion(request.headers['if-none-match'], filter.version)) return reply.code(304).send();
    if (!file) return sendProblem(reply, 404, 'no filter');
    reply.header('repr-digest', `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`);
    return sendFile(reply, join(directory, file.name));
  });

  app.get(paths.health, async (_request, reply) => {
    const { patternId, filter } = publisher.current();
    reply.header('cache-control', 'no-store');
    return { status: 'ok', patternId, patternVersion: filter.version };
  });
}

function addPatterns(app: FastifyInstance, publisher: Publisher): void {
  type Named = FastifyRequest<{ Params: { name: string; file: string } }>;

  app.get(`${paths.patterns}/:name`, async (request: Named, reply) => {
    const { name } = request.params;
    if (!isPattern(name)) return sendProblem(reply, 404, 'patterns are agent and conventional');
    const { version, files } = publisher.current()[name];
    reply.header('etag', entityTag(version)).header('cache-control', 'no-cache');
    if (matchesVersion(request.headers['if-none-match'], version)) return reply.code(304).send();
    const manifest: PatternManifest = { name, version, files };
    return manifest;
  });

  app.get(`${paths.patterns}/:name/:file`, async (request: Named, reply) => {
    const { name, file } = request.params;
    const path = isPattern(name) ? publisher.file(name, file) : undefined;
    if (path === undefined) return sendProblem(reply, 404, 'no such file in the current or the last version');
    return sendFile(reply, path);
  });
}

function isPattern(name: string): name is PatternManifest['name'] {
  return name === 'agent' || name === 'conventional';
}

async function sendFile(reply: FastifyReply, path: string): Promise<FastifyReply> {
  const handle = await open(path);
  const { size } = await handle.stat();
  reply.type('application/octet-stream').header('content-length', size);
  return reply.send(handle.createReadStream());
}
