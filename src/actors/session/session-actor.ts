import { createActor, type InspectionEvent } from 'xstate';
import { type MessageScanInput, type ScanReply, scanningError } from '../../machines/message-scan.ts';
import type { sessionMachine } from '../../machines/session.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClientInfo } from '../ports/mail.ts';

export interface SessionActorParts {
  /** The session machine with the scan and its effects. */
  machine: typeof sessionMachine;
  clock: Clock;
  inspect: (event: InspectionEvent) => void;
  onProblem: (problem: string, error: unknown) => void;
}

/** The running actor of one SMTP connection. */
export interface SessionActor {
  /** Scans one message; always resolves. A scan that breaks, or a session that is closed meanwhile, is 451. */
  scan(input: MessageScanInput): Promise<ScanReply>;
  /** The client is gone: a scan in progress is given up. */
  close(): void;
}

/** Starts the actor; one that fails says so, costs its message a 451 and is started anew. */
export function startSessionActor(parts: SessionActorParts, client: ClientInfo): SessionActor {
  let waiting: ((reply: ScanReply) => void) | undefined;
  let actor = start();

  function answer(reply: ScanReply): void {
    waiting?.(reply);
    waiting = undefined;
  }

  function start() {
    const session = createActor(parts.machine, {
      clock: parts.clock,
      inspect: parts.inspect,
      input: { session: client.id, client: client.address },
    });
    session.subscribe({
      next: (snapshot) => snapshot.value !== 'Scanning' && answer(snapshot.context.reply ?? scanningError),
      complete: () => answer(scanningError),
      error: (error) => {
        parts.onProblem(`session ${client.id} failed and is started anew`, error);
        answer(scanningError);
        actor = start();
      },
    });
    return session.start();
  }

  return {
    scan(input) {
      if (actor.getSnapshot().status !== 'active') return Promise.resolve(scanningError);
      const { promise, resolve } = Promise.withResolvers<ScanReply>();
      waiting = resolve;
      actor.send({ type: 'MESSAGE', scan: input });
      return promise;
    },
    close: () => actor.send({ type: 'DISCONNECTED' }),
  };
}
