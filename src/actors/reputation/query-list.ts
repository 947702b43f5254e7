import type { AskFailure } from '../../machines/message-scan.ts';
import { failureTreatment, isUsable, serverState } from '../../machines/server-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Identity } from '../ports/identity.ts';
import {
  type QueryAnswer,
  ReputationFailure,
  type ReputationService,
  type ServerAddress,
} from '../ports/reputation.ts';
import type { ScanSettings } from '../scan-settings.ts';
import type { Servers } from './servers.ts';
import { withTimeout } from './timeout.ts';

/** A query over the whole list failed: what the scan makes of it (D15). */
export class QueryFailed extends Error implements AskFailure {
  readonly treatment: AskFailure['treatment'];
  readonly kind: string;
  /** Servers that were asked, `host:port`, for the log. */
  readonly servers: readonly string[];
  constructor(treatment: AskFailure['treatment'], kind: string, servers: readonly string[]) {
    super(`query failed: ${kind}`);
    this.name = 'QueryFailed';
    this.treatment = treatment;
    this.kind = kind;
    this.servers = servers;
  }
}

export interface QueryListParts {
  servers: Servers;
  reputation: ReputationService;
  settings: ScanSettings;
  clock: Clock;
  identity: Identity;
}

/** An answer and who gave it. */
export interface ListAnswer extends QueryAnswer {
  server: string;
}

/**
 * Puts one query to the servers of the list, one after the other until one answers (D11), within `query_total_ms` (D7).
 * Each failure counts for its own server; a server that was not asked, or not for its full time, is not counted, and has no
 * say in what becomes of the message: only a failure that was counted may cost a 451 (D15).
 */
export async function queryList(parts: QueryListParts, hashes: readonly string[], scan: string): Promise<ListAnswer> {
  const { servers, settings, clock } = parts;
  const deadlineMs = clock.now() + settings.queryTotalMs;
  const treatments: AskFailure['treatment'][] = [];
  const asked: string[] = [];
  let kind = 'invalid';
  for (const address of inOrder(servers.addresses, settings.order, parts.identity)) {
    const snapshot = servers.snapshot(address.id);
    if (!snapshot || serverState(snapshot) === 'LeftOut') continue;
    if (!isUsable(snapshot)) {
      treatments.push('while-invalid');
      continue;
    }
    const timeMs = Math.min(settings.queryTimeoutMs, deadlineMs - clock.now());
    if (timeMs <= 0) break;
    asked.push(address.id);
    try {
      const answer = await withTimeout(clock, timeMs, (signal) => parts.reputation.query(address, hashes, signal));
      if (keepsToPattern(parts, address, answer)) return { ...answer, server: address.id };
      kind = 'pattern';
    } catch (error) {
      const failure = asFailure(error);
      kind = failure.kind;
      if (kind === 'message') throw new QueryFailed('message', kind, asked);
      if (kind === 'timeout' && timeMs < settings.queryTimeoutMs) break;
      treatments.push(countFailure(servers, address.id, failure, scan));
    }
  }
  const whileInvalid = treatments.length > 0 && treatments.every((treatment) => treatment === 'while-invalid');
  throw new QueryFailed(whileInvalid ? 'while-invalid' : 'deferred', kind, asked);
}

/** D15: the state is read again now that the query has failed, then the failure is counted (D6: a 429 is not). */
export function countFailure(
  servers: Servers,
  id: string,
  failure: ReputationFailure,
  scan: string,
): AskFailure['treatment'] {
  const before = servers.snapshot(id);
  if (failure.kind === 'throttled') {
    servers.send(id, { type: 'THROTTLED', retryAfterMs: failure.retryAfterMs ?? 60_000, scan });
  } else {
    servers.send(id, { type: 'QUERY_FAILED', kind: failure.kind, scan });
  }
  if (failure.kind === 'credentials') servers.send(id, { type: 'CREDENTIALS_REFUSED', scan });
  const after = servers.snapshot(id);
  return before && after ? failureTreatment(before, after) : 'deferred';
}

/**
 * D11: servers of one list serve the same pattern; the first that answers says which. The last one that is not left out may
 * change it: else a list whose servers have all moved on would hold mail until a restart.
 */
function keepsToPattern({ servers }: QueryListParts, { id }: ServerAddress, answer: QueryAnswer): boolean {
  const known = patternOf.get(servers);
  const list = servers.addresses.flatMap((address) => servers.snapshot(address.id) ?? []);
  const inUse = list.filter((snapshot) => serverState(snapshot) !== 'LeftOut');
  if (known === undefined || inUse.length <= 1 || known === answer.patternId) {
    patternOf.set(servers, answer.patternId);
    servers.send(id, { type: 'QUERY_ANSWERED' });
    return true;
  }
  servers.send(id, { type: 'OTHER_PATTERN', patternId: answer.patternId });
  return false;
}
const patternOf = new WeakMap<Servers, string>();

function inOrder(addresses: readonly ServerAddress[], order: 'listed' | 'random', identity: Identity): ServerAddress[] {
  const keyed = addresses.map((address, index) => ({ address, key: order === 'listed' ? index : identity.random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ address }) => address);
}

/** Whatever an adapter throws counts as a failure; a defect of ours in it must not pass mail. */
export function asFailure(error: unknown): ReputationFailure {
  if (error instanceof ReputationFailure) return error;
  return new ReputationFailure('response', error instanceof Error ? error.message : String(error), { cause: error });
}
