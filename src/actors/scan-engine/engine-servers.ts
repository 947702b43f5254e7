import { type ActorRefFrom, createActor, fromPromise, type InspectionEvent } from 'xstate';
import { type ScanEngineInput, scanEngineMachine } from '../../machines/scan-engine.ts';
import type { Clock } from '../ports/clock.ts';
import { ReputationFailure } from '../ports/reputation.ts';
import type { EngineAnswer, EngineServer, ScanEngine } from '../ports/scan-engine.ts';
import { asFailure } from '../reputation/query-list.ts';
import { withTimeout } from '../reputation/timeout.ts';

export interface EngineServersParts<Server extends EngineServer> {
  clock: Clock;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
  engine: ScanEngine<Server>;
  /** In the order in which they are asked. */
  servers: readonly Server[];
  /** For each of them. */
  input: Omit<ScanEngineInput, 'server'>;
  /** For the answer to a content, besides a second for each MiB of it. */
  answerMs: number;
}

/** The servers of an engine. */
export interface EngineServers {
  /** May any be asked now? */
  isUsable(): boolean;
  /** What the first that answers says. Throws `ReputationFailure` when none does: of kind `invalid`, when none may be asked. */
  scan(content: Uint8Array, scan: string, signal: AbortSignal): Promise<EngineAnswer>;
  /** Version of the one that answered last, as it says it; undefined before it has. */
  version(): string | undefined;
  stop(): void;
}

const msPerMiB = 1000;
const MiB = 2 ** 20;
/** How often the version is asked again. */
const versionMs = 600_000;

export function createEngineServers<Server extends EngineServer>(parts: EngineServersParts<Server>): EngineServers {
  const { clock, engine, servers, input } = parts;
  const machine = scanEngineMachine.provide({
    actors: {
      ping: fromPromise(async ({ input: { server: id }, signal }) => {
        const server = servers.find((each) => each.id === id);
        if (server !== undefined) await engine.ping(server, signal);
      }),
    },
  });
  const actors = servers.map((server) => ({
    server,
    actor: createActor(machine, { input: { ...input, server: server.id }, clock, inspect: parts.inspect }).start(),
  }));
  const versions = new VersionsSeen(clock, engine);
  let last: Server | undefined;
  return {
    isUsable: () => actors.some(({ actor }) => isAsked(actor)),
    async scan(content, scan, signal) {
      let failure = new ReputationFailure('invalid', 'no server may be asked');
      const timeMs = parts.answerMs + (content.length / MiB) * msPerMiB;
      for (const { server, actor } of actors) {
        if (!isAsked(actor)) continue;
        try {
          const answer = await withTimeout(clock, timeMs, (late) =>
            engine.scan(server, content, AbortSignal.any([late, signal])),
          );
          actor.send({ type: 'ANSWERED' });
          last = server;
          versions.look(server);
          return answer;
        } catch (error) {
          // The scan was given up, which says nothing of the server.
          signal.throwIfAborted();
          failure = asFailure(error);
          actor.send({ type: 'FAILED', kind: failure.kind, scan });
        }
      }
      throw failure;
    },
    version: () => (last === undefined ? undefined : versions.of(last)),
    stop() {
      for (const { actor } of actors) actor.stop();
    },
  };
}

function isAsked(actor: ActorRefFrom<typeof scanEngineMachine>): boolean {
  const { value } = actor.getSnapshot();
  return value === 'Unasked' || value === 'Healthy' || value === 'Failing';
}

/** Versions of servers, asked beside scans: no scan waits for them. */
class VersionsSeen<Server extends EngineServer> {
  readonly #clock: Clock;
  readonly #engine: ScanEngine<Server>;
  readonly #seen = new Map<Server, { version?: string; atMs: number }>();

  constructor(clock: Clock, engine: ScanEngine<Server>) {
    this.#clock = clock;
    this.#engine = engine;
  }

  of(server: Server): string | undefined {
    return this.#seen.get(server)?.version;
  }

  look(server: Server): void {
    const now = this.#clock.now();
    const seen = this.#seen.get(server);
    if (seen !== undefined && now - seen.atMs < versionMs) return;
    this.#seen.set(server, { ...seen, atMs: now });
    withTimeout(this.#clock, 5000, (signal) => this.#engine.ping(server, signal)).then(
      (version) => this.#seen.set(server, { version, atMs: now }),
      () => {},
    );
  }
}
