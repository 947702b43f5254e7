import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Order, validSeconds } from '../../events/command.ts';
import { sendProblem } from '../../http/problem.ts';
import type { TokenHolder } from '../access/tokens.ts';
import { type CommandLog, hasEnded } from '../commands.ts';
import type { OperationId } from '../protocol/operations.ts';
import type {
  CommandParams,
  CommandReport,
  ComponentParams,
  Components,
  OrderRequest,
  Status,
  UpdateRequest,
} from '../protocol/schemas.ts';
import { waitSeconds } from './prefer.ts';

/** A command that somebody gives to this gateway. */
export interface GivenHere {
  id: string;
  order: Order;
  /** Name of the token. */
  by: string;
  validSeconds: number;
}

/** What the API is made of. */
export interface ApiParts {
  /** Undefined while the log knows nothing of this gateway. */
  status(): Promise<Status | undefined>;
  components(): Promise<Components['components']>;
  /** Resolves when the command is on disk. @returns CloudEvents source of who gives it, and when */
  give(command: GivenHere): { givenBy: string; timeMs: number; onDisk: Promise<void> };
  commands: CommandLog;
}

export type Handler = (request: FastifyRequest, reply: FastifyReply, holder: TokenHolder) => Promise<unknown>;

/** What each operation does. */
export function handlersOf({ status, components, give, commands }: ApiParts): Readonly<Record<OperationId, Handler>> {
  /** Gives it, unless it was given before, and answers what came of it. */
  async function order(what: Order, request: FastifyRequest, reply: FastifyReply, { name }: TokenHolder) {
    const { id = randomUUID(), validSeconds: seconds = validSeconds.usual } = request.body as OrderRequest;
    const known = commands.find(id);
    if (known !== undefined && JSON.stringify(known.order) !== JSON.stringify(what))
      return sendProblem(reply, 409, 'this id is of another command');
    if (known === undefined) {
      const { onDisk, ...given } = give({ id, order: what, by: name, validSeconds: seconds });
      const takeBack = commands.given({ id, order: what, ...given });
      await onDisk.catch((error) => {
        takeBack();
        throw error;
      });
    }
    reply.header('location', `/api/commands/${id}`);
    return answer(id, request, reply, 202);
  }

  /** @param unended the status while it has not ended */
  async function answer(id: string, request: FastifyRequest, reply: FastifyReply, unended: 200 | 202) {
    const seconds = waitSeconds(request.headers.prefer);
    if (seconds > 0) {
      reply.header('preference-applied', `wait=${seconds}`);
      await commands.ended(id, AbortSignal.any([AbortSignal.timeout(seconds * 1000), goneSignal(reply)]));
    }
    const report = commands.find(id);
    if (report === undefined) return sendProblem(reply, 404, 'this gateway has heard of no such command');
    return reply.code(hasEnded(report) ? 200 : unended).send(report satisfies CommandReport);
  }

  return {
    async status(_request, reply) {
      const found = await status();
      return found ?? sendProblem(reply.header('retry-after', '1'), 503);
    },
    components: async () => ({ components: await components() }),
    updateComponent(request, reply, holder) {
      const { component } = request.params as ComponentParams;
      const { version = null } = request.body as UpdateRequest;
      return order({ kind: 'deploy-component', component, version }, request, reply, holder);
    },
    rollBackComponent(request, reply, holder) {
      const { component } = request.params as ComponentParams;
      return order({ kind: 'rollback-component', component }, request, reply, holder);
    },
    restart: (request, reply, holder) => order({ kind: 'restart' }, request, reply, holder),
    command(request, reply) {
      const { id } = request.params as CommandParams;
      if (commands.find(id) === undefined)
        return Promise.resolve(sendProblem(reply, 404, 'this gateway has heard of no such command'));
      return answer(id, request, reply, 200);
    },
  };
}

/** Aborts when the client has gone. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
