import { ReputationFailure } from '../../actors/ports/reputation.ts';
import { type Line, type LineOptions, openLine } from './line.ts';

/** How many lines, and for how long. */
export interface LinesOptions extends LineOptions {
  /** Most requests at once to one server; more wait their turn. */
  perServerMax: number;
  /** A connection older than this is not used again, so that a new address is found, ms (D11). */
  connectionMsMax: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Kept connections of any number of servers. */
export interface Lines {
  /** A free line, or a new one; waits when there are too many. Rejects with `ReputationFailure`. */
  take(origin: string, signal: AbortSignal): Promise<Line>;
  /** A line that nobody has used before, beside the counted ones; end it with `destroy()`. */
  fresh(origin: string): Line;
  /** Gives a line back: `true` if it can be used again. */
  give(origin: string, line: Line, isGood: boolean): void;
  close(): void;
}

interface Server {
  /** Ready for use; the last one is the warmest. */
  idle: Line[];
  busy: Set<Line>;
  /** Told, in order, that a place is free. */
  waiting: Set<() => void>;
}

/** Keeps connections, each for one request at a time: a slow answer holds up no other. */
export function createLines(options: LinesOptions): Lines {
  const { perServerMax, connectionMsMax, now } = options;
  const servers = new Map<string, Server>();
  let isClosed = false;

  function serverOf(origin: string): Server {
    const found = servers.get(origin) ?? { idle: [], busy: new Set(), waiting: new Set() };
    servers.set(origin, found);
    return found;
  }

  function fresh(origin: string): Line {
    if (isClosed) throw new ReputationFailure('reset', 'the client is closed');
    return openLine(origin, options, now);
  }

  return {
    async take(origin, signal) {
      const server = serverOf(origin);
      while (!isClosed && server.busy.size >= perServerMax) await turn(server, signal);
      const line = server.idle.pop() ?? fresh(origin);
      server.busy.add(line);
      return line;
    },
    fresh,
    give(origin, line, isGood) {
      const server = serverOf(origin);
      server.busy.delete(line);
      if (isGood && !isClosed && now() - line.connectedAtMs < connectionMsMax) server.idle.push(line);
      else line.destroy();
      const [next] = server.waiting;
      next?.();
    },
    close() {
      isClosed = true;
      for (const { idle, busy, waiting } of servers.values()) {
        for (const line of [...idle, ...busy]) line.destroy();
        for (const next of waiting) next();
      }
      servers.clear();
    },
  };
}

/** Waits until a place may be free. Rejects when the signal aborts first. */
function turn(server: Server, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => () => {
      server.waiting.delete(next);
      signal.removeEventListener('abort', abort);
      outcome();
    };
    const next = settle(resolve);
    const abort = settle(() => reject(new ReputationFailure('timeout', 'all connections were busy for too long')));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    server.waiting.add(next);
  });
}
