import type { FastifyInstance } from 'fastify';
import type { Published } from '../products/published.ts';
import { entityTag, matchesVersion } from '../protocol/entity-tag.ts';
import { type Health, paths, patternIdHeader } from '../protocol/protocol.ts';
import { addComponents } from './components.ts';
import { addQueries, type QueryOptions } from './query.ts';
import { sendFile } from './send-file.ts';

/** What the resources are made of. */
export interface ResourceOptions {
  /** What is published now. */
  current: () => Published;
  /** Of a server that follows another: seconds since that one said that this is what it serves. */
  followedSeconds: (() => number) | undefined;
  queries: QueryOptions;
}

/** Adds every resource of `src/sps/protocol` to the server. */
export function addResources(app: FastifyInstance, { current, followedSeconds, queries }: ResourceOptions): void {
  addQueries(app, queries);
  addComponents(app, current);

  app.get(paths.filter, async (request, reply) => {
    const { filter, patternId, patternVersion } = current();
    reply.header('etag', entityTag(patternVersion)).header(patternIdHeader, patternId);
    reply.header('cache-control', 'no-cache');
    if (matchesVersion(request.headers['if-none-match'], patternVersion)) return reply.code(304).send();
    reply.header('repr-digest', `sha-256=:${Buffer.from(filter.sha256, 'hex').toString('base64')}:`);
    return sendFile(reply, filter.path);
  });

  app.get(paths.health, async (_request, reply) => {
    const { patternId, patternVersion } = current();
    reply.header('cache-control', 'no-store');
    const followed = followedSeconds === undefined ? {} : { followedSeconds: followedSeconds() };
    return { status: 'ok', patternId, patternVersion, ...followed } satisfies Health;
  });
}
