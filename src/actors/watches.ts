import { type ActorRefFrom, createActor, type InspectionEvent } from 'xstate';
import { certificateMachine } from '../machines/certificate.ts';
import { journalRoomMachine } from '../machines/journal-room.ts';
import type { Clock } from './ports/clock.ts';
import type { Measures, WatchedCertificate } from './ports/watches.ts';

export interface WatchParts {
  clock: Clock;
  measures: Measures;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
  /** Told of a measure that fails, once until it succeeds. */
  onProblem: (problem: string, error: unknown) => void;
  /** `[watch]`. */
  limits: { journalPercentMax: number; diskFreeBytesMin: number; certificateDaysMin: number };
  /** From one look to the next. */
  checkMs: number;
}

const dayMs = 86_400_000;

/** Looks at once, and then again and again until it is stopped. */
export function startWatches(parts: WatchParts): { stop(): void } {
  const { clock, measures, checkMs } = parts;
  const lookAtJournal = told('the room of the journal cannot be measured', parts, journalWatch(parts));
  const lookAtCertificate = certificateWatch(parts);
  const lookAtCertificates = told('certificates cannot be looked at', parts, () => {
    for (const certificate of measures.certificates()) lookAtCertificate(certificate);
  });
  let timer: unknown;
  const look = () => {
    lookAtJournal();
    lookAtCertificates();
    timer = clock.setTimeout(look, checkMs);
  };
  look();
  return { stop: () => clock.clearTimeout(timer) };
}

function journalWatch({ clock, measures, inspect, limits }: WatchParts): () => void {
  const input = { percentMax: limits.journalPercentMax, freeBytesMin: limits.diskFreeBytesMin };
  const actor = createActor(journalRoomMachine, { input, clock, inspect }).start();
  return () => actor.send({ type: 'MEASURED', ...measures.journalRoom() });
}

/** One actor for each certificate; there are as many as the settings name servers and files. */
function certificateWatch({ clock, inspect, limits }: WatchParts): (seen: WatchedCertificate) => void {
  const actors = new Map<string, ActorRefFrom<typeof certificateMachine>>();
  return ({ certificate, host, endMs }) => {
    let actor = actors.get(certificate);
    if (actor === undefined) {
      const input = { certificate, host, daysMin: limits.certificateDaysMin };
      actor = createActor(certificateMachine, { input, clock, inspect }).start();
      actors.set(certificate, actor);
    }
    const days = Math.floor((endMs - clock.now()) / dayMs);
    actor.send({ type: 'SEEN', days, end: new Date(endMs).toISOString() });
  };
}

function told(problem: string, { onProblem }: WatchParts, look: () => void): () => void {
  let isTold = false;
  return () => {
    try {
      look();
      isTold = false;
    } catch (error) {
      if (!isTold) onProblem(problem, error);
      isTold = true;
    }
  };
}
