import type { TSchema } from 'typebox';
import { administrators, everybody, operators, type Role } from './roles.ts';
import {
  CommandParams,
  CommandReport,
  ComponentParams,
  Components,
  OrderRequest,
  Status,
  UpdateRequest,
} from './schemas.ts';

/** One thing that the admin API does. */
export interface Operation {
  method: 'GET' | 'POST';
  /** Names in braces, as OpenAPI has them. */
  path: string;
  /** Who may. */
  roles: readonly Role[];
  summary: string;
  params?: TSchema;
  /** Of an operation that changes something; may be left out. */
  body?: TSchema;
  /** What is answered when it is done. */
  answer: TSchema;
  /** Gives a command: answered 202 while it has not ended. */
  givesCommand?: true;
  /** Takes `Prefer: wait`. */
  waits?: true;
  /** What 404 means here, where it is answered. */
  notFound?: string;
}

/** All operations: routes, roles and the OpenAPI document are made of this table. */
export const operations = {
  status: {
    ...{ method: 'GET', path: '/api/status', roles: everybody, answer: Status },
    summary: 'The scan service, servers, search method, engines, components and relays of this gateway now',
  },
  components: {
    ...{ method: 'GET', path: '/api/components', roles: everybody, answer: Components },
    summary: 'Versions of patterns and filter, when they were checked and why not updated, of each gateway of the log',
  },
  updateComponent: {
    ...{ method: 'POST', path: '/api/components/{component}/update', roles: operators },
    ...{ params: ComponentParams, body: UpdateRequest, answer: CommandReport, givesCommand: true, waits: true },
    summary: 'Has the gateway fetch the newest version now and take it into use',
    notFound: 'No such component',
  },
  rollBackComponent: {
    ...{ method: 'POST', path: '/api/components/{component}/rollback', roles: operators },
    ...{ params: ComponentParams, body: OrderRequest, answer: CommandReport, givesCommand: true, waits: true },
    summary: 'Has the gateway take the version before into use, and refuse the one in use until there is a newer one',
    notFound: 'No such component',
  },
  restart: {
    ...{ method: 'POST', path: '/api/restart', roles: administrators },
    ...{ body: OrderRequest, answer: CommandReport, givesCommand: true, waits: true },
    summary: 'Has the gateway read its settings again and restart the scan service',
  },
  command: {
    ...{ method: 'GET', path: '/api/commands/{id}', roles: everybody },
    ...{ params: CommandParams, answer: CommandReport, waits: true },
    summary: 'What came of a command, as the log says it',
    notFound: 'The gateway has heard of no such command',
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationId = keyof typeof operations;

/** The same, where it does not matter which. */
export const allOperations = Object.entries<Operation>(operations) as [OperationId, Operation][];

/** Longest `Prefer: wait` that is done, seconds; who wants more asks again. */
export const waitSecondsMax = 60;

/** Largest body, bytes. */
export const bodyBytesMax = 16 * 1024;
