import { createActor, type InspectionEvent } from 'xstate';
import { calm, type QuarantineInput, quarantineMachine } from '../machines/quarantine.ts';
import type { Clock } from './ports/clock.ts';
import type { Quarantine } from './ports/mail.ts';
import { QuarantineFull, type QuarantineRoom } from './ports/quarantine-room.ts';

export interface QuarantineKeeperParts {
  clock: Clock;
  room: QuarantineRoom;
  /** `[quarantine]`. */
  limits: QuarantineInput;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
}

/** From one look to the next: usually, and while it is full or cannot be looked at. */
const lookMs = 600_000;
const soonMs = 60_000;
/** A look that comes so much later than it should: the clock was set forward, and nothing is too old because of that alone. */
const jumpMs = 3_600_000;
/** Messages that one event names. */
const messagesPerEvent = 100;
const dayMs = 86_400_000;

/** Keeps the quarantine within its limits, and tells what goes. */
export interface QuarantineKeeper {
  /** The same quarantine; a message that it refuses is noticed. */
  quarantine: Quarantine;
  /** Resolves when a look that is under way has ended. */
  stop(): Promise<void>;
}

/** Looks at once, and then again and again until it is stopped. Nothing expires at the first look: the clock may be wrong. */
export function keepQuarantine({ clock, room, limits, inspect }: QuarantineKeeperParts): QuarantineKeeper {
  const actor = createActor(quarantineMachine, { input: limits, clock, inspect }).start();
  let timer: unknown;
  let looking: Promise<void> | undefined;
  let isStopped = false;
  /** When the next look is due. */
  let dueMs: number | undefined;

  async function expireOld(): Promise<void> {
    const isSure = dueMs !== undefined && clock.now() - dueMs < jumpMs;
    if (limits.daysMax === 0 || !isSure) return;
    await expire('age', () => room.expireBefore(clock.now() - limits.daysMax * dayMs, messagesPerEvent));
  }

  async function makeRoom(bytes: number): Promise<boolean> {
    const { bytesMax, whenFull } = limits;
    const { value, context } = actor.getSnapshot();
    if (whenFull === 'defer' || bytesMax === 0 || (value !== 'Full' && bytes < bytesMax)) return false;
    const target = Math.max(0, Math.min(bytesMax * calm, bytesMax - context.refusedBytes));
    await expire('room', () => room.expireDownTo(target, messagesPerEvent));
    return true;
  }

  /** In portions, so that each message that goes is named. */
  async function expire(why: 'age' | 'room', portion: () => Promise<string[]>): Promise<void> {
    while (!isStopped) {
      const ids = await portion();
      if (ids.length === 0) return;
      actor.send({ type: 'EXPIRED', ids, why });
    }
  }

  async function look(): Promise<void> {
    try {
      await expireOld();
      let measured = await room.measure();
      if (await makeRoom(measured.bytes)) measured = await room.measure();
      actor.send({ type: 'MEASURED', ...measured });
    } catch (error) {
      actor.send({ type: 'FAILED', reason: error instanceof Error ? error.message : String(error) });
    }
  }

  function lookAfter(ms: number): void {
    clock.clearTimeout(timer);
    dueMs = clock.now() + ms;
    timer = clock.setTimeout(begin, ms);
  }

  function begin(): void {
    looking ??= look().finally(() => {
      looking = undefined;
      if (!isStopped) lookAfter(actor.getSnapshot().value === 'Open' ? lookMs : soonMs);
    });
  }

  function refused(size: number): void {
    const isNews = actor.getSnapshot().value !== 'Full';
    actor.send({ type: 'REFUSED', size });
    if (!isNews || looking !== undefined) return;
    if (limits.whenFull === 'delete_oldest') begin();
    else lookAfter(soonMs);
  }

  begin();
  return {
    quarantine: {
      store: (entry, content) =>
        room.store(entry, content).catch((error) => {
          if (error instanceof QuarantineFull && !isStopped) refused(error.size);
          throw error;
        }),
    },
    async stop() {
      isStopped = true;
      clock.clearTimeout(timer);
      await looking;
    },
  };
}
