import type { Envelope } from '../../src/events/envelope.ts';
import { replay, type TransitionData } from '../../src/machines/replay.ts';
import { reputationServerMachine } from '../../src/machines/reputation-server.ts';
import type { ActorSystem } from '../support/actor-system.ts';
import type { PendingCall } from '../support/pending-reputation.ts';
import type { DeliveredMessage } from '../support/recording-next-hop.ts';

/** What must hold of the log and of what the gateway does, whatever the rules say of the outcome. */
export class LogWatch {
  /** Senders of the messages that the next hop has got: each message has a sender of its own. */
  readonly delivered = new Set<string>();
  /** Broken promises. */
  readonly broken: string[] = [];
  readonly #system: Pick<ActorSystem, 'journal' | 'server'>;
  /** Last state in the log of each server, by epoch. */
  readonly #states = new Map<string, string>();
  readonly #scanOf = new Map<string, string>();
  /** States that servers were in, and how messages ended: what the walk has come by. */
  readonly visited = new Set<string>();

  constructor(system: Pick<ActorSystem, 'journal' | 'server'>) {
    this.#system = system;
  }

  appended({ subject, type, data, correlationid }: Envelope): void {
    if (subject.startsWith('server/')) {
      const name = `${data.server} ${data.epoch}`;
      this.#checkTrip(type, data);
      this.#states.set(name, String(data.state));
      this.visited.add(String(data.state));
    }
    const from = (data.input as { mailFrom?: string } | undefined)?.mailFrom;
    if (from !== undefined && correlationid !== undefined) this.#scanOf.set(from, correlationid);
  }

  /** Section 4: cached as invalid exactly when the count exceeds the threshold. */
  #checkTrip(type: string, data: Record<string, unknown>): void {
    const [count, threshold] = [Number(data.failCount), Number(data.threshold)];
    const trigger = (data.trigger as { type?: string } | undefined)?.type;
    const isFailure = trigger === 'QUERY_FAILED' || trigger === 'VERSION_CHECK_FAILED';
    if (data.state === 'CachedInvalid.Unasked' && isFailure && count <= threshold)
      this.broken.push(`${type} at ${count} failures, threshold ${threshold}`);
    if (data.state === 'Failing' && isFailure && count > threshold)
      this.broken.push(`not invalid at ${count} failures, threshold ${threshold}`);
  }

  /** Section 4, D13, D16: who may be asked what, by the state in the log at this moment. */
  called({ kind, server, epoch }: PendingCall): void {
    const state = this.#states.get(`${server} ${epoch}`) ?? 'none';
    const allowed = {
      query: ['Healthy', 'Failing', 'FailedOver.Probing'],
      filter: ['Healthy', 'Failing', 'FailedOver.Probing'],
      connect: ['CachedInvalid.Connecting', 'Throttled.Connecting'],
    };
    // The state is entered, and its event made, when its request is already on the way.
    const entering = kind !== 'query' && (state === 'none' || /^(CachedInvalid|Throttled|FailedOver)/.test(state));
    if (!allowed[kind].includes(state) && !entering) this.broken.push(`${kind} to ${server} while ${state}`);
  }

  /** Invariant 1: the verdict is durable before the next hop sees the dot. */
  givenToNextHop({ from }: DeliveredMessage): void {
    const scan = this.#scanOf.get(from);
    const verdict = this.#system.journal.stored.findLast(
      ({ event }) => event.type === 'sekisho.scan.verdict.v1' && event.correlationid === scan,
    );
    if (scan === undefined || !verdict) this.broken.push(`${from} was delivered without a durable verdict`);
    if (this.delivered.has(from)) this.broken.push(`${from} was delivered twice`);
    this.delivered.add(from);
  }

  /** The fold of a server's log is its snapshot. */
  checkFold(server: string): void {
    const events = this.#system.journal
      .appended()
      .map(({ event }) => event as Envelope<TransitionData>)
      .filter(({ subject }) => subject === `server/${server}`);
    const last = events.findLastIndex(({ data }) => data.input !== undefined);
    const folded = comparable(replay(reputationServerMachine, events.slice(last)));
    const actual = comparable(this.#system.server(server));
    if (folded !== actual) this.broken.push(`the log of ${server} gives ${folded}, but it is ${actual}`);
  }
}

const comparable = ({ value, context }: { value: unknown; context: unknown }) => JSON.stringify({ value, context });
