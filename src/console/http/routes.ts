import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendProblem } from '../../http/problem.ts';
import type { Holder } from '../access/guard.ts';
import { allOperations, type Operation, type OperationId } from '../protocol/operations.ts';
import type { Handler } from './handlers.ts';

interface RouteConfig {
  operation?: Operation;
}

/** The operation that a request is for; undefined where there is none. */
export function operationOf({ routeOptions }: FastifyRequest): Operation | undefined {
  return (routeOptions.config as RouteConfig).operation;
}

/** Adds a route for each operation. @param holder who asks */
export function addRoutes(
  app: FastifyInstance,
  handlers: Readonly<Record<OperationId, Handler>>,
  holder: Holder,
): void {
  for (const [id, operation] of allOperations) {
    const { method, path, params, body } = operation;
    app.route({
      ...{ method, url: path.replace(/\{(\w+)\}/g, ':$1'), config: { operation } satisfies RouteConfig },
      // A GET that carries a body has none for us.
      exposeHeadRoute: false,
      attachValidation: true,
      schema: { ...(params && { params }), ...(body && { body }) },
      async preValidation(request) {
        request.body ??= {};
      },
      async handler(request, reply) {
        const wrong = request.validationError;
        // What the path names is not there, however it is written.
        if (wrong?.validationContext === 'params') return sendProblem(reply, 404, operation.notFound);
        if (wrong !== undefined) return sendProblem(reply, 400, wrong.message);
        return handlers[id](request, reply, holder(request));
      },
    });
  }
}
