import { type Actor, createActor, fromPromise, type InspectionEvent } from 'xstate';
import type { ChannelName, Notification } from '../../events/notification.ts';
import { type NotificationInput, notificationMachine } from '../../machines/notification.ts';
import type { Clock } from '../ports/clock.ts';
import type { NotificationOutbox, OpenDelivery } from '../ports/notification-outbox.ts';
import { type NotificationChannel, NotificationFailure, type NotificationText } from '../ports/notifications.ts';
import { createScanSlots } from '../session/scan-slots.ts';
import { type NotificationPolicy, releaseDigests } from './take-in.ts';

export interface SenderParts {
  clock: Clock;
  outbox: NotificationOutbox;
  policy: NotificationPolicy;
  channels: ReadonlyMap<ChannelName, NotificationChannel>;
  words: (notification: Notification) => NotificationText;
  /** The tap that turns transitions into events. */
  inspect: (event: InspectionEvent) => void;
  onProblem: (problem: string, error: unknown) => void;
  times: Pick<NotificationInput, 'retryMs' | 'retryMsMax' | 'giveUpMs' | 'sendMs'>;
}

/** Sends what is in the outbox, until it is stopped. */
export interface NotificationSender {
  /** What is being sent may end; what waits is kept for the next program. Never rejects. */
  stop(): Promise<void>;
}

/** How often the outbox is looked at: another process may have put something in, and a digest may be due. */
const lookMs = 1000;
/** Attempts at one time, of each channel. */
const attemptsMax = 4;
/** How long attempts that are under way may take when the program ends. */
const graceMs = 1000;

export function startSender(parts: SenderParts): NotificationSender {
  const { clock, outbox, policy, onProblem } = parts;
  const running = new Map<number, { line: string; actor: Actor<typeof notificationMachine> }>();
  const attempts = createAttempts(parts);
  let timer: unknown;
  let isStopping = false;
  let isFailing = false;

  function start(delivery: OpenDelivery): void {
    const { number } = delivery;
    const machine = notificationMachine.provide({
      actors: { send: fromPromise(({ input, signal }) => attempts.send(delivery, input, signal)) },
    });
    const actor = createActor(machine, { input: inputOf(delivery, parts), clock, inspect: parts.inspect });
    running.set(number, { line: lineOf(delivery), actor });
    actor.subscribe({
      next({ value, context }) {
        if (value === 'Waiting')
          attempts.note(() => outbox.wait(number, context.waitedMs, context.reason ?? '', clock.now()));
        if (value === 'GivenUp') attempts.note(() => outbox.end(number, 'given-up', context.reason ?? '', clock.now()));
      },
      complete() {
        running.delete(number);
        wake();
      },
      error(error) {
        // A defect of ours: the next look starts it again.
        running.delete(number);
        onProblem('a notification broke down', error);
      },
    });
    actor.start();
  }

  /** In the order of the outbox; of the same aggregate to the same target one after the other: no recovery before its outage. */
  function startOpen(): void {
    const lines = new Set([...running.values()].map(({ line }) => line));
    for (const delivery of outbox.open()) {
      if (running.has(delivery.number) || lines.has(lineOf(delivery))) continue;
      lines.add(lineOf(delivery));
      start(delivery);
    }
  }

  function look(): void {
    try {
      attempts.saveNotes();
      releaseDigests(outbox, policy, clock.now());
      startOpen();
      isFailing = false;
    } catch (error) {
      if (!isFailing) onProblem('the outbox of notifications cannot be used', error);
      isFailing = true;
    }
  }

  function wake(ms = 0): void {
    clock.clearTimeout(timer);
    if (isStopping) return;
    timer = clock.setTimeout(() => {
      look();
      wake(lookMs);
    }, ms);
  }

  wake();
  return {
    async stop() {
      isStopping = true;
      clock.clearTimeout(timer);
      await attempts.settled(graceMs);
      for (const { actor } of [...running.values()]) actor.send({ type: 'STOP' });
      await attempts.settled(graceMs);
      try {
        attempts.saveNotes();
      } catch (error) {
        onProblem('the outbox of notifications could not be written: some may be sent again', error);
      }
      await Promise.all([...parts.channels.values()].map((channel) => channel.close()));
    },
  };
}

/** The attempts of all deliveries, and what the outbox has to be told of them. */
function createAttempts({ clock, outbox, channels, words }: SenderParts) {
  const slots = new Map([...channels.keys()].map((name) => [name, createScanSlots()]));
  const underWay = new Set<Promise<unknown>>();
  let notes: (() => void)[] = [];

  /** What cannot be written now, as the disk is full, is written later: a mail that was sent must not be sent again for it. */
  function note(write: () => void): void {
    notes.push(write);
    try {
      saveNotes();
    } catch {
      // Tried again at the next look, which tells.
    }
  }
  function saveNotes(): void {
    for (let write = notes[0]; write !== undefined; write = notes[0]) {
      write();
      notes = notes.slice(1);
    }
  }

  async function sendNow(delivery: OpenDelivery, attempt: number, signal: AbortSignal): Promise<string> {
    const { number, notification, channel: name, target } = delivery;
    const channel = channels.get(name);
    const giveBack = await slots.get(name)?.take(attemptsMax);
    try {
      if (signal.aborted || channel === undefined) throw new NotificationFailure('temporary', 'given up');
      // On disk before anything is sent, so that whoever comes after a crash knows that it may be a repeat.
      outbox.begin(number, attempt, clock.now());
      const said = await channel.send({ notification, text: words(notification), target, attempt }, signal);
      note(() => outbox.end(number, 'sent', said, clock.now()));
      return said;
    } finally {
      giveBack?.();
    }
  }

  return {
    note,
    saveNotes,
    send(delivery: OpenDelivery, attempt: number, signal: AbortSignal): Promise<string> {
      const sending = sendNow(delivery, attempt, signal);
      const ended: Promise<unknown> = sending.then(
        () => underWay.delete(ended),
        () => underWay.delete(ended),
      );
      underWay.add(ended);
      return sending;
    },
    /** Resolves when none is under way, or after a time. */
    async settled(ms: number): Promise<void> {
      let timer: unknown;
      const late = new Promise<void>((resolve) => {
        timer = clock.setTimeout(resolve, ms);
      });
      await Promise.race([Promise.all(underWay), late]);
      clock.clearTimeout(timer);
    },
  };
}

function lineOf({ notification: { source, subject }, channel, target }: OpenDelivery): string {
  return [channel, target, source, subject].join('\n');
}

function inputOf(delivery: OpenDelivery, { policy, times }: SenderParts): NotificationInput {
  const { notification, channel, target, attempts, waitedMs } = delivery;
  const isKnown = notification.to !== undefined || (policy.targets[channel] ?? []).includes(target);
  return {
    notification: notification.id,
    kind: notification.kind,
    ...{ channel, target, about: notification.subject, triedBefore: attempts, waitedBeforeMs: waitedMs },
    ...times,
    refusal:
      delivery.refusal ?? (isKnown && policy.targets[channel] ? null : 'the settings do not name its target any more'),
  };
}
