import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendProblem } from '../../http/problem.ts';
import type { Published, PublishedComponent } from '../products/published.ts';
import { componentsPath } from '../protocol/component-package.ts';
import { entityTag, matchesVersion } from '../protocol/entity-tag.ts';
import { sendUnchanging } from './send-file.ts';

/** Adds the packages of components: the envelope of each, and its files and deltas by their SHA-256. */
export function addComponents(app: FastifyInstance, current: () => Pick<Published, 'components'>): void {
  type Named = FastifyRequest<{ Params: { component: string; sha256: string } }>;
  const find = (name: string): PublishedComponent | undefined =>
    new Map(Object.entries(current().components)).get(name);

  app.get(`${componentsPath}/:component.json`, async ({ params, headers }: Named, reply) => {
    const component = find(params.component);
    if (component === undefined) return sendProblem(reply, 404, 'components are smart, filter, agent and conventional');
    const { version, envelope } = component;
    reply.header('etag', entityTag(version)).header('cache-control', 'no-cache');
    if (matchesVersion(headers['if-none-match'], version)) return reply.code(304).send();
    return reply.type('application/json').send(envelope);
  });

  app.get(`${componentsPath}/:component/files/:sha256`, async ({ params }: Named, reply) => {
    const { component, sha256 } = params;
    const path = find(component)?.path(sha256);
    if (path === undefined) return sendProblem(reply, 404, 'no file of a version that is kept');
    return sendUnchanging(reply, path, entityTag(sha256));
  });
}
